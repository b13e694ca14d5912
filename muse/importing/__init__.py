"""Llama-family checkpoints of others: GGUF files and Hugging Face folders become bundles."""
