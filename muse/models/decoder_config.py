"""The decoder's shape, and how it stands in a Hugging Face `config.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from muse.nn.rope_scaling import RopeScaling

NEEDED = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
)  # fmt: skip
"""Numbers that Hugging Face's networks would otherwise take from the largest of their family."""

PLAIN = {
    "hidden_act": "silu", "attention_bias": False, "mlp_bias": False, "use_sliding_window": False,
    "partial_rotary_factor": 1.0,
}  # fmt: skip
"""Keys that change the network, and the value with which they do not."""


def _check_number(name: str, value: Any) -> None:
    """Raise ValueError if a field of a Hugging Face config has an absurd value."""
    if name == "tie_word_embeddings":
        good, wanted = isinstance(value, bool), "true or false"
    elif name in ("rope_theta", "rms_norm_eps", "factor", "low_freq_factor", "high_freq_factor"):
        good = type(value) in (int, float) and 0 < value < 1e12
        wanted = "a number above 0"
    else:
        most = {"num_hidden_layers": 1000, "max_position_embeddings": 100_000_000}
        highest = most.get(name, 1_000_000)
        good = type(value) is int and 1 <= value <= highest
        wanted = f"a whole number from 1 to {highest}"
    if not good:
        raise ValueError(f"{name} is {repr(value)[:60]}; it must be {wanted}")


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """The decoder's shape; field names are Hugging Face's.

    With `qk_norm` it is a Qwen3, with `qkv_bias` a Qwen2, otherwise a Llama.
    """

    vocab_size: int
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 6
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    head_dim: int = 32
    max_position_embeddings: int = 2048
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = True
    qk_norm: bool = True
    qkv_bias: bool = False
    rope_scaling: RopeScaling | None = None

    def __post_init__(self) -> None:
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError("num_attention_heads must be a multiple of num_key_value_heads")
        if self.head_dim % 2:
            raise ValueError("head_dim must be even: rotary positions turn pairs")
        if self.qk_norm and self.qkv_bias:
            raise ValueError("qk_norm and qkv_bias are of two families; a network has one of them")

    def to_huggingface(self) -> dict[str, Any]:
        """The keys of a Hugging Face `config.json`."""
        keys = asdict(self)
        normed, biased, scaling = (keys.pop(n) for n in ("qk_norm", "qkv_bias", "rope_scaling"))
        kind = "Qwen3" if normed else "Qwen2" if biased else "Llama"
        return {
            "architectures": [f"{kind}ForCausalLM"],
            "model_type": kind.lower(),
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "torch_dtype": "float32",
            **keys,
            **({"rope_scaling": scaling} if scaling else {}),
        }

    @classmethod
    def from_huggingface(cls, keys: dict[str, Any]) -> DecoderConfig:
        """The shape that a Hugging Face `config.json` describes; other keys are passed over.

        Raises:
            ValueError: if it is no plain Llama, Mistral, Qwen2 or Qwen3, or a number is missing
                or absurd.
        """
        kind = keys.get("model_type")
        if kind not in ("llama", "mistral", "qwen2", "qwen3"):
            raise ValueError(
                f"model_type is {repr(kind)[:60]}; the decoder takes llama, mistral, qwen2 and qwen3"
            )
        plain = PLAIN | ({"sliding_window": None} if kind == "mistral" else {})
        other = [name for name, value in plain.items() if keys.get(name, value) != value]
        layers = keys.get("layer_types") or []
        if not isinstance(layers, list) or set(map(str, layers)) - {"full_attention"}:
            other.append("layer_types")
        if other:
            raise ValueError(f"{', '.join(other)}: the decoder has no such kind")
        fields = {
            name: keys[name] for name in cls.__dataclass_fields__
            if keys.get(name) is not None and name not in ("qk_norm", "qkv_bias", "rope_scaling")
        }  # fmt: skip
        needed = NEEDED if kind == "llama" else (*NEEDED, "num_key_value_heads")
        missing = [name for name in needed if name not in fields]
        if missing:
            raise ValueError(f"{', '.join(missing)}: missing")
        # transformers 5 writes the rotary settings as a table, earlier versions beside the rest.
        rope = keys.get("rope_parameters") or keys.get("rope_scaling") or {}
        if not isinstance(rope, dict):
            raise ValueError(f"rope_scaling is {repr(rope)[:60]}; it must be a table")
        if "rope_theta" in rope:
            fields["rope_theta"] = rope["rope_theta"]
        for name, value in fields.items():
            _check_number(name, value)
        fields["qk_norm"], fields["qkv_bias"] = kind == "qwen3", kind == "qwen2"
        fields["rope_scaling"] = _scaling(rope)
        fields.setdefault("tie_word_embeddings", False)
        heads = fields["num_attention_heads"]
        fields.setdefault("num_key_value_heads", heads)
        fields.setdefault("head_dim", 128 if kind == "qwen3" else fields["hidden_size"] // heads)
        return cls(**fields)


def _scaling(rope: dict[str, Any]) -> RopeScaling | None:
    """The scaling of a table of rotary settings. Raises ValueError for a kind that is not here."""
    kind = rope.get("rope_type", rope.get("type", "default"))
    if rope.get("partial_rotary_factor", 1.0) != 1.0:
        raise ValueError("partial_rotary_factor: the decoder has no such kind")
    if kind == "default":
        return None
    names = ["factor"]
    if kind == "llama3":
        names += ["low_freq_factor", "high_freq_factor", "original_max_position_embeddings"]
    fields: dict[str, Any] = {name: rope.get(name) for name in names}
    if kind in ("linear", "llama3"):
        for name, value in fields.items():
            _check_number(name, value)
    return RopeScaling(rope_type=kind, **fields)


def weight_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    """The shapes of a decoder's tensors by name, in the order of the network; no torch is needed.

    The output head is named too where it is tied to the embedding.
    """
    width, inner = config.hidden_size, config.intermediate_size
    queries = config.num_attention_heads * config.head_dim
    keys = config.num_key_value_heads * config.head_dim
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (config.vocab_size, width)}
    for number in range(config.num_hidden_layers):
        layer = f"model.layers.{number}"
        shapes[f"{layer}.input_layernorm.weight"] = (width,)
        for name, rows in (("q_proj", queries), ("k_proj", keys), ("v_proj", keys)):
            shapes[f"{layer}.self_attn.{name}.weight"] = (rows, width)
            if config.qkv_bias:
                shapes[f"{layer}.self_attn.{name}.bias"] = (rows,)
        shapes[f"{layer}.self_attn.o_proj.weight"] = (width, queries)
        if config.qk_norm:
            shapes[f"{layer}.self_attn.q_norm.weight"] = (config.head_dim,)
            shapes[f"{layer}.self_attn.k_norm.weight"] = (config.head_dim,)
        shapes[f"{layer}.post_attention_layernorm.weight"] = (width,)
        for name in ("gate_proj", "up_proj"):
            shapes[f"{layer}.mlp.{name}.weight"] = (inner, width)
        shapes[f"{layer}.mlp.down_proj.weight"] = (width, inner)
    shapes["model.norm.weight"] = (width,)
    shapes["lm_head.weight"] = (config.vocab_size, width)
    return shapes
