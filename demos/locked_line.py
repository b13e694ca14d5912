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
# # A poem with a locked line
#
# The first line is yours. The others scan and rhyme with it.

# %%
import muse

poet = muse.load("verse-en")
mine = "The winter sea is grey and wide,"
poem = poet.write("winter sea", form="quatrains", lines=4, locked={1: mine}, seed=1, candidates=4)
print(poem)
assert poem.lines[0] == mine

# %% [markdown]
# Line 3 in other words, three times. Lines 1, 2 and 4 stay as they are.

# %%
for other in poet.redo(poem, [3], alternatives=3, seed=2):
    print(other.lines[2])
    assert (other.lines[:2], other.lines[3]) == (poem.lines[:2], poem.lines[3])

# %% [markdown]
# How it scans, told by the dictionary and not by the model that wrote it:

# %%
from muse.theory.scansion import scan_text  # noqa: E402
from muse.theory.scansion_page import format_scan  # noqa: E402

print(format_scan(scan_text(poem.text)))

# %% [markdown]
# The same in Chinese: a quatrain of five characters a line, whose third line is by Wang Wei.

# %%
poet = muse.load("verse-zh")
shi = poet.write("山居", form="五绝", locked={3: "明月松间照"}, seed=4)
print(shi)
assert shi.lines[2].startswith("明月松间照")
