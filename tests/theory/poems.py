"""Well-known verse in the public domain, for the tests."""

from __future__ import annotations

SONNET_18 = """\
Shall I compare thee to a summer’s day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer’s lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm’d;
And every fair from fair sometime declines,
By chance or nature’s changing course untrimm’d;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow’st;
Nor shall death brag thou wander’st in his shade,
When in eternal lines to time thou grow’st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.
"""

PETRARCHAN = """\
When I consider how my light is spent,
   Ere half my days, in this dark world and wide,
   And that one Talent which is death to hide
   Lodged with me useless, though my Soul more bent
To serve therewith my Maker, and present
   My true account, lest he returning chide;
   "Doth God exact day-labour, light denied?"
   I fondly ask. But patience, to prevent
That murmur, soon replies, "God doth not need
   Either man's work or his own gifts; who best
   Bear his mild yoke, they serve him best. His state
Is Kingly. Thousands at his bidding speed
   And post o'er Land and Ocean without rest:
   They also serve who only stand and wait."
"""

TYGER = """\
The Tyger

Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?
"""

SENNACHERIB = """\
The Assyrian came down like the wolf on the fold,
And his cohorts were gleaming in purple and gold;
And the sheen of their spears was like stars on the sea,
When the blue wave rolls nightly on deep Galilee.

Like the leaves of the forest when Summer is green,
That host with their banners at sunset were seen:
Like the leaves of the forest when Autumn hath blown,
That host on the morrow lay withered and strown.
"""

LIMERICK = """\
There was an Old Man with a beard,
Who said, "It is just as I feared!—
Two Owls and a Hen,
Four Larks and a Wren,
Have all built their nests in my beard!"
"""

HAIKU = """\
An old silent pond...
A frog jumps into the pond,
splash! Silence again.
"""

COMMON_METRE = """\
Because I could not stop for Death –
He kindly stopped for me –
The Carriage held but just Ourselves –
And Immortality.

We slowly drove – He knew no haste
And I had put away
My labor and my leisure too,
For His Civility –
"""

COUPLETS = """\
True ease in writing comes from art, not chance,
As those move easiest who have learned to dance.
'Tis not enough no harshness gives offense,
The sound must seem an echo to the sense:
"""

BLANK_VERSE = """\
Of Man's first disobedience, and the fruit
Of that forbidden tree whose mortal taste
Brought death into the World, and all our woe,
With loss of Eden, till one greater Man
Restore us, and regain the blissful seat,
Sing, Heavenly Muse, that, on the secret top
Of Oreb, or of Sinai, didst inspire
That shepherd who first taught the chosen seed
In the beginning how the heavens and earth
Rose out of Chaos: or, if Sion hill
Delight thee more, and Siloa's brook that flowed
Fast by the oracle of God, I thence
Invoke thy aid to my adventurous song,
"""

FREE_VERSE = """\
I celebrate myself, and sing myself,
And what I assume you shall assume,
For every atom belonging to me as good belongs to you.

I loafe and invite my soul,
I lean and loafe at my ease observing a spear of summer grass.
"""

TERZA_RIMA = """\
O wild West Wind, thou breath of Autumn's being,
Thou, from whose unseen presence the leaves dead
Are driven, like ghosts from an enchanter fleeing,

Yellow, and black, and pale, and hectic red,
Pestilence-stricken multitudes: O thou,
Who chariotest to their dark wintry bed

The winged seeds, where they lie cold and low,
Each like a corpse within its grave, until
Thine azure sister of the Spring shall blow

Her clarion o'er the dreaming earth, and fill
(Driving sweet buds like flocks to feed in air)
With living hues and odours plain and hill:

Wild Spirit, which art moving everywhere;
Destroyer and preserver; hear, oh hear!
"""

# W. E. Henley, 1888.
VILLANELLE = """\
A dainty thing's the Villanelle.
Sly, musical, a jewel in rhyme,
It serves its purpose passing well.

A double-clappered silver bell
That must be made to clink in chime,
A dainty thing's the Villanelle;

And if you wish to flute a spell,
Or ask a meeting 'neath the lime,
It serves its purpose passing well.

You must not ask of it the swell
Of organs grandiose and sublime—
A dainty thing's the Villanelle;

And, filled with sweetness, as a shell
Is filled with sound, and launched in time,
It serves its purpose passing well.

Still fair to see and good to smell
As in the quaintness of its prime,
A dainty thing's the Villanelle,
It serves its purpose passing well.
"""
