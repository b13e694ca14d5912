"""Flow against diffusers on an analytic denoiser, its order, its seeds, and the wrappers of a model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from muse.sampling.base import draw, generators
from muse.sampling.flow import Flow, Path, cosine, karras, noise, rectified
from muse.sampling.parametrisation import Clean, Guided, Kept, Noise, Velocity
from muse.sampling.walk import Walk, slerp

MEAN, SPREAD = 0.4, 0.6
SHAPES = ((2, 1, 28, 28), (2, 1, 4096))


def gaussian(x: Tensor, alpha: float, sigma: float, cond: Any = None) -> Tensor:
    """E[x0 | x] where x0 is normal with MEAN and SPREAD."""
    gain = alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2)
    return MEAN + gain * (x - alpha * MEAN)


def exact(x: Tensor, path: Path) -> Tensor:
    """Where the probability flow of that normal takes x from the first point to the last."""
    (a, s), (b, r) = path[0], path[-1]
    widths = math.hypot(a * SPREAD, s), math.hypot(b * SPREAD, r)
    return b * MEAN + (x - a * MEAN) * widths[1] / widths[0]


def said_noise(x: Tensor, alpha: float, sigma: float) -> Tensor:
    return (x - alpha * gaussian(x, alpha, sigma)) / sigma


def start(shape: tuple[int, ...]) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def run(flow: Flow, x: Tensor, model: Any = gaussian) -> Tensor:
    return draw(flow, model, x, rng=())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("multistep", [False, True])
def test_variance_preserving_solvers_are_diffusers(shape: tuple[int, ...], multistep: bool) -> None:
    diffusers = pytest.importorskip("diffusers")
    if multistep:
        scheduler = diffusers.DPMSolverMultistepScheduler(
            algorithm_type="dpmsolver++", solver_order=2, final_sigmas_type="zero"
        )
    else:
        scheduler = diffusers.DDIMScheduler(set_alpha_to_one=True, clip_sample=False)
    scheduler.set_timesteps(25)
    times = scheduler.timesteps.tolist()
    kept = scheduler.alphas_cumprod.double()
    if multistep:  # it starts from levels that it has rounded to single precision itself
        levels = scheduler.sigmas.double()[:-1]
        points = [(float(1 / (1 + s**2).sqrt()), float(s / (1 + s**2).sqrt())) for s in levels]
    else:
        points = [(float(kept[t].sqrt()), float((1 - kept[t]).sqrt())) for t in times]
    x = theirs = start(shape)
    for time, point in zip(times, points):
        theirs = scheduler.step(said_noise(theirs, *point), time, theirs).prev_sample
    ours = run(Flow((*points, (1.0, 0.0)), "multistep" if multistep else "euler"), x)
    assert (ours - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("solver", ["euler", "heun"])
def test_karras_solvers_are_diffusers(shape: tuple[int, ...], solver: str) -> None:
    diffusers = pytest.importorskip("diffusers")
    kind = "EulerDiscreteScheduler" if solver == "euler" else "HeunDiscreteScheduler"
    scheduler = getattr(diffusers, kind)(use_karras_sigmas=True, timestep_spacing="linspace")
    scheduler.set_timesteps(20)
    levels = list(dict.fromkeys(scheduler.sigmas.tolist()))
    theirs = start(shape) * levels[0]
    x = theirs.clone()
    for time in scheduler.timesteps:
        scheduler.scale_model_input(theirs, time)  # counts the steps
        sigma = float(scheduler.sigmas[scheduler.step_index])
        theirs = scheduler.step(said_noise(theirs, 1.0, sigma), time, theirs).prev_sample
    ours = run(Flow(tuple((1.0, level) for level in levels), solver), x)
    assert (ours - theirs).abs().max() < 1e-5
    made = karras(20, smallest=levels[-2], largest=levels[0])
    assert np.allclose([s for _, s in made], levels, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_rectified_flow_is_diffusers(shape: tuple[int, ...]) -> None:
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    path = rectified(20)
    scheduler.set_timesteps(sigmas=[s for _, s in path[:-1]])
    x = theirs = start(shape).float()
    for time, (alpha, sigma) in zip(scheduler.timesteps, path):
        velocity = said_noise(theirs, alpha, sigma) - gaussian(theirs, alpha, sigma)
        theirs = scheduler.step(velocity, time, theirs).prev_sample
    assert (run(Flow(path), x) - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("solver, order", [("euler", 1), ("heun", 2), ("multistep", 2)])
@pytest.mark.parametrize("kind", ["straight", "preserving", "exploding"])
def test_order_of_the_solvers(solver: str, order: int, kind: str) -> None:
    def path(steps: int) -> Path:
        # A stretch between two noise levels, uniform in the path's own time (in the log of
        # alpha / sigma for the multistep), for both ends of a whole path are of first order.
        if kind == "straight":
            return tuple((1 - t, t) for t in np.linspace(0.9, 0.1, steps + 1).tolist())
        if kind == "preserving":
            angles = np.linspace(1.4, 0.1, steps + 1).tolist()
            return tuple((math.cos(a), math.sin(a)) for a in angles)
        return tuple((1.0, s) for s in np.geomspace(5, 0.1, steps + 1).tolist())

    x = start((1, 1, 64))
    errors = [
        float((run(Flow(path(n), solver), x) - exact(x, path(n))).abs().max()) for n in (40, 80)
    ]
    rate = math.log2(errors[0] / errors[1])
    assert abs(rate - order) < 0.3, rate


@pytest.mark.parametrize("make", [rectified, cosine, karras])
@pytest.mark.parametrize("solver", ["euler", "heun", "multistep"])
def test_gaussian_data_come_out_with_their_mean_and_spread(make: Any, solver: str) -> None:
    path = make(60)
    x = start((1, 20_000)) * path[0][1]
    made = run(Flow(path, solver), x)
    assert abs(float(made.mean()) - MEAN) < 0.02
    assert abs(float(made.std()) - SPREAD) < (0.04 if solver == "euler" else 0.02)


@pytest.mark.parametrize("solver", ["euler", "heun", "multistep"])
def test_a_piece_is_the_same_alone_and_in_a_batch(solver: str) -> None:
    flow = Flow(rectified(6), solver)
    batch = run(flow, noise((1, 5, 5), generators(7, 4)))
    for piece in range(4):
        alone = run(flow, noise((1, 5, 5), generators(7, 1, piece)))
        assert torch.allclose(batch[piece], alone[0], atol=1e-6)
    assert not torch.allclose(batch[0], batch[1])


def test_steps_tell_progress_and_can_be_left() -> None:
    flow = Flow(rectified(5))
    steps = list(flow.steps(gaussian, start((1, 3))))
    assert [(step.index, step.total) for step in steps] == [(n, 5) for n in range(5)]
    assert torch.equal(steps[-1].state, steps[-1].fresh)  # at sigma 0 the sample is the preview
    assert next(flow.steps(gaussian, start((1, 3)))).index == 0


@pytest.mark.parametrize("steps, begin", [(0, 1.0), (3, 0.0), (3, 1.5)])
def test_wrong_paths_are_refused(steps: int, begin: float) -> None:
    for make in (rectified, cosine):
        with pytest.raises(ValueError):
            make(steps, begin)
    with pytest.raises(ValueError):
        Flow(((0.0, 1.0), (0.0, 1.0)))
    with pytest.raises(ValueError):
        Flow(rectified(2), "magic")


def test_parametrisations_answer_the_same_x0() -> None:
    x = start((3, 2, 4))
    for alpha, sigma in ((0.3, 0.7), (0.8, 0.6), (1.0, 2.0)):
        clean = gaussian(x, alpha, sigma)
        hidden = (x - alpha * clean) / sigma
        seen: list[Tensor] = []

        def network(answer: Tensor, seen: list[Tensor] = seen) -> Any:
            def said(x: Tensor, when: Tensor, cond: Any) -> Tensor:
                seen.append(when)
                return answer

            return said

        for wrapped in (
            Velocity(network(hidden - clean)),
            Noise(network(hidden)),
            Clean(network(clean)),
        ):
            assert torch.allclose(wrapped(x, alpha, sigma, None), clean)
        assert all(time.shape == (3,) and float(time[0]) == pytest.approx(sigma) for time in seen)


def test_guidance_goes_further_from_what_is_unasked() -> None:
    def model(x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        label, weight = cond
        assert len(x) == len(label) == len(weight)
        return label[:, None].expand_as(x) * weight[:, None]

    x = torch.zeros(2, 3)
    ones = torch.ones(2)
    asked, unasked = (torch.tensor([2.0, 3.0]), ones), (torch.zeros(2), ones)
    found = Guided(model, 2.5, unasked)(x, 0.5, 0.5, asked)
    assert torch.equal(found[:, 0], torch.tensor([5.0, 7.5]))
    assert torch.equal(Guided(model, 1.0, unasked)(x, 0.5, 0.5, asked)[:, 0], asked[0])
    plain = Guided(lambda x, a, s, c: c[:, None] + 0 * x, 3.0, torch.zeros(2))
    assert torch.equal(plain(x, 0.5, 0.5, torch.ones(2))[:, 0], torch.full((2,), 3.0))


@pytest.mark.parametrize("solver", ["euler", "heun", "multistep"])
def test_what_is_kept_comes_out_as_given(solver: str) -> None:
    given = start((1, 8, 8)).float()
    mask = torch.zeros(1, 8, 8, dtype=torch.bool)
    mask[:, :4] = True
    made = run(
        Flow(rectified(9), solver), noise((8, 8), generators(0, 3)), Kept(gaussian, given, mask)
    )
    assert torch.allclose(made[:, :4], given[:, :4].expand(3, -1, -1), atol=1e-6)
    free = run(Flow(rectified(9), solver), noise((8, 8), generators(0, 3)))
    assert torch.allclose(made[:, 4:], free[:, 4:], atol=1e-6)


def test_walks_keep_to_the_sphere_and_pass_their_places() -> None:
    a, b = start((2, 50))
    a, b = a / a.norm(), 3 * b / b.norm()
    half = slerp(a, b, 0.5)
    assert float(half.norm()) == pytest.approx(2.0)
    angles = [float(torch.arccos(half @ end / half.norm() / end.norm())) for end in (a, b)]
    assert angles[0] == pytest.approx(angles[1])
    assert torch.equal(slerp(a, a, 0.3), a)
    places = start((3, 4))
    steps = list(Walk(5).steps(None, places))
    seen = steps[-1].state
    assert seen.shape == (5, 4)
    for place, number in ((0, 0), (2, 1), (4, 2)):
        assert torch.allclose(seen[place], places[number])
    doubled = list(Walk(3, straight=True).steps(lambda z: 2 * z, places[:2]))
    assert torch.allclose(doubled[1].fresh[0], places[0] + places[1])
    with pytest.raises(ValueError):
        Walk(1)
    with pytest.raises(ValueError):
        list(Walk(3).steps(None, places[:1]))
