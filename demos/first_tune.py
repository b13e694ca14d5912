# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first tune
#
# A jig of eight bars in D. In a notebook the last line of a cell shows itself: piano roll and player.

# %%
import muse

composer = muse.load("melody")
tune = composer.compose(bars=8, key="D", meter="6/8", style="jig", seed=7)
tune  # noqa: B018

# %% [markdown]
# The bars are there, exactly, and the last note is the tonic: a grammar keeps that, whatever the
# network would like.

# %%
print(tune.bars, tune.meter, tune.key.tonic_name, tune.key.mode)
assert tune.bars == 8 and tune.melody.notes[-1].pitch % 12 == 2

# %% [markdown]
# Bars 5 and 6 are not right yet? Three other ways, best first; all else stays note for note.

# %%
takes = composer.fill(tune, from_bar=5, to_bar=6, variations=3, seed=2)
for take in takes:
    print([note.pitch for note in take.bar_slice(5, 6).melody.notes])
assert takes[0].bar_slice(1, 4).melody == tune.bar_slice(1, 4).melody

# %% [markdown]
# Four bars more, heard as they are written:

# %%
for bar in composer.stream(takes[0], bars=4, seed=3):
    print([note.pitch for note in bar.melody.notes])

# %% [markdown]
# For a sequencer, for a notation program, for the music stand. Each file says how it was made, and
# `muse regrow` makes it again.

# %%
for suffix in ("mid", "musicxml", "abc"):
    print(takes[0].save(f"out/first_tune.{suffix}"))
