"""The song that `songwright try` sings when it is given none."""

TITLE = "The Lighthouse Keeper's Cat"

STYLE = (
    "warm indie folk, 104 BPM, playful and tender, fingerpicked acoustic guitar, upright bass, soft brushes"
)
VOICE = "female alto"

LYRICS = """\
[Verse 1]
She counts the boats come in at five
And scolds the gulls that fly too low
The lamp upstairs is hers to mind
At least that's how she says it goes

[Chorus]
Oh, keep the light on, keep it turning
Somebody's late and far from land
A little window, warm and burning
Says come on home, we understand

[Verse 2]
The keeper climbs with tea and bread
One hundred stairs and one to spare
She's warmed the blanket on his bed
And left a herring on his chair

[Bridge]
And when the fog rolls in like wool
And there is not a star to steer
She sings until the night is full (oh, and oh)
And all the sailors swear they hear

[Chorus]
Oh, keep the light on, keep it turning
Somebody's late and far from land
A little window, warm and burning
Says come on home, we understand

[End]
"""
