"""Bottles, jars, cans and pots: what is turned. A metre tall or less; their box is fitted afterwards."""

from __future__ import annotations

from random import Random

from vision.scenes.shapes.labels import STYLES
from vision.scenes.shapes.loft import Points, Shape, block, circle, lathe
from vision.scenes.shapes.looks import GLASS, STEEL, WHITE, Colour, Look, Print, glossy, hsv, near

Profile = list[tuple[float, float]]


def printed(random: Random, ground: Colour, rough: float = 0.4, ink: Colour | None = None) -> Look:
    """A label in some style on this ground."""
    styles = list(STYLES)
    dark = sum(ground) < 0.9
    said = ink or (hsv(random.random(), 0.15, 0.95) if dark else hsv(random.random(), 0.8, 0.35))
    label = Print(styles[int(random.random() * len(styles))], int(random.random() * 2**31), ground, said)
    return Look(ground, rough=rough, print=label)


def _cap(shape: Shape, radius: float, low: float, high: float, look: Look) -> None:
    shape.add(lathe([(radius, low), (radius, high - 0.008), (radius * 0.94, high)]), look, smooth=False)


def _filled(shape: Shape, profile: Profile, level: float, inside: Look, wall: float = 0.93) -> None:
    """What is in a clear vessel, a little narrower than that, up to a level."""
    inner: Profile = []
    for (radius, z), (above, top) in zip(profile, [*profile[1:], profile[-1]], strict=True):
        if z >= level:
            break
        inner.append((radius * wall, z + 0.006))
        if top > level > z and top > z:
            at = radius + (above - radius) * (level - z) / (top - z)
            inner.append((at * wall, level))
    if len(inner) > 1:
        shape.add(lathe(inner), inside)


def _band(shape: Shape, radius: float, low: float, high: float, look: Look) -> None:
    """A label around it."""
    shape.add(lathe([(radius, low), (radius, high)]), look, caps=False)


BOTTLE: Profile = [(0.12, 0.0), (0.145, 0.01), (0.15, 0.03), (0.15, 0.55), (0.145, 0.62), (0.10, 0.74), (0.055, 0.82), (0.05, 0.95), (0.058, 0.955), (0.058, 0.975)]  # fmt: skip


def water(random: Random) -> Shape:
    """Of plastic, or of glass as sparkling water is."""
    if random.random() < 0.4:
        glass = ((0.03, 0.22, 0.06), (0.85, 0.92, 0.92), (0.05, 0.14, 0.45))[int(random.random() * 3)]
        return _glass_bottle(
            random, glass, (0.85, 0.92, 0.96), BOTTLE, Look(glossy(random), rough=0.3, metal=0.7)
        )
    tint = (0.62, 0.80, 0.95) if random.random() < 0.5 else (0.9, 0.95, 0.95)
    plastic = Look(near(random, tint, 0.05), rough=0.06, clear=0.95)
    shape = Shape()
    profile: Profile = [(0.11, 0.0), (0.14, 0.012), (0.15, 0.04)]
    for n in range(5):  # ribs
        z = 0.10 + n * 0.085
        profile += [(0.15, z), (0.142, z + 0.02), (0.15, z + 0.04)]
    profile += [(0.15, 0.62), (0.13, 0.72), (0.07, 0.84), (0.05, 0.88), (0.05, 0.93)]
    shape.add(lathe(profile), plastic, caps=(True, False))
    _filled(shape, profile, 0.3 + 0.5 * random.random(), Look((0.85, 0.92, 0.96), rough=0.02, clear=1.0))
    _band(
        shape,
        0.152,
        0.28,
        0.28 + 0.12 + 0.12 * random.random(),
        printed(random, hsv(0.5 + 0.2 * random.random(), 0.8, 0.8)),
    )
    _cap(shape, 0.056, 0.91, 1.0, Look(glossy(random), rough=0.35))
    return shape


def _glass_bottle(random: Random, glass: Colour, inside: Colour, profile: Profile, cap: Look) -> Shape:
    shape = Shape().add(
        lathe(profile), Look(near(random, glass, 0.1), rough=0.03, clear=0.97), caps=(True, False)
    )
    _filled(shape, profile, 0.35 + 0.45 * random.random(), Look(inside, rough=0.05, clear=0.7))
    wide = max(radius for radius, _ in profile)
    low = 0.14 + 0.08 * random.random()
    _band(
        shape,
        wide * 1.012,
        low,
        low + 0.2 + 0.12 * random.random(),
        printed(random, near(random, WHITE) if random.random() < 0.6 else glossy(random)),
    )
    top = profile[-1]
    _cap(shape, top[0] * 1.12, top[1] - 0.03, 1.0, cap)
    return shape


def beer(random: Random) -> Shape:
    glass = (0.20, 0.07, 0.01) if random.random() < 0.6 else (0.03, 0.18, 0.05)
    return _glass_bottle(
        random, glass, (0.55, 0.25, 0.03), BOTTLE, Look(glossy(random), rough=0.3, metal=0.7)
    )


def wine(random: Random) -> Shape:
    red = random.random() < 0.6
    profile: Profile = [(0.10, 0.0), (0.122, 0.008), (0.125, 0.03), (0.125, 0.56), (0.11, 0.64), (0.055, 0.72), (0.045, 0.78), (0.045, 0.96)]  # fmt: skip
    glass = (0.02, 0.06, 0.02) if red else (0.55, 0.62, 0.30)
    foil = Look(near(random, hsv(random.random(), 0.7, 0.4)), rough=0.35, metal=0.6)
    shape = _glass_bottle(random, glass, (0.10, 0.005, 0.02) if red else (0.75, 0.65, 0.25), profile, foil)
    _band(shape, 0.049, 0.80, 0.97, foil)
    return shape


def sauce(random: Random) -> Shape:
    inside = ((0.45, 0.03, 0.01), (0.03, 0.01, 0.005), (0.62, 0.40, 0.08), (0.20, 0.28, 0.05))[
        int(random.random() * 4)
    ]
    return _glass_bottle(random, (0.9, 0.92, 0.9), inside, BOTTLE, Look(glossy(random), rough=0.4))


def smoothie(random: Random) -> Shape:
    inside = near(random, hsv(random.random(), 0.7, 0.8))
    profile: Profile = [(0.15, 0.0), (0.19, 0.02), (0.19, 0.62), (0.16, 0.74), (0.11, 0.82), (0.11, 0.86)]
    shape = Shape().add(lathe(profile), Look((0.95, 0.95, 0.95), rough=0.08, clear=0.95), caps=(True, False))
    _filled(shape, profile, 0.70, Look(inside, rough=0.3, soft=0.1), 0.97)
    _band(shape, 0.193, 0.16, 0.50, printed(random, glossy(random)))
    _cap(shape, 0.125, 0.84, 1.0, Look(glossy(random), rough=0.35))
    return shape


def ketchup(random: Random) -> Shape:
    """Standing on its lid, or on its foot."""
    red: Colour = (0.50, 0.012, 0.01)
    body = Look(near(random, red, 0.15), rough=0.2)
    lid = Look(near(random, WHITE) if random.random() < 0.5 else near(random, red), rough=0.35)
    shape = Shape()
    label = printed(random, near(random, WHITE) if random.random() < 0.6 else (0.02, 0.12, 0.03))
    if random.random() < 0.5:
        _cap(shape, 0.155, 0.0, 0.16, lid)
        shape.add(
            lathe(
                [
                    (0.13, 0.15),
                    (0.17, 0.26),
                    (0.19, 0.45),
                    (0.17, 0.70),
                    (0.18, 0.90),
                    (0.14, 0.98),
                    (0.05, 1.0),
                ]
            ),
            body,
        )
        _band(shape, 0.192, 0.36, 0.72, label)
        return shape
    shape.add(
        lathe([(0.15, 0.0), (0.18, 0.02), (0.18, 0.50), (0.15, 0.66), (0.08, 0.80), (0.06, 0.84)]), body
    )
    _band(shape, 0.183, 0.12, 0.46, label)
    _cap(shape, 0.085, 0.82, 0.93, lid)
    shape.add(lathe([(0.04, 0.92), (0.02, 1.0)]), lid)
    return shape


def mustard(random: Random) -> Shape:
    yellow: Colour = near(random, (0.72, 0.45, 0.02))
    body = Look(yellow, rough=0.25)
    lid = Look(near(random, (0.5, 0.02, 0.02)) if random.random() < 0.5 else yellow, rough=0.35)
    shape = Shape()
    if random.random() < 0.5:  # a tube on its cap
        shape.add(block(0.30, 0.24, 0.0, 0.18, 0.10, 0.01), lid)
        rings = [circle(0.16, 0.18), circle(0.17, 0.24)]
        for n in range(8):  # from round to flat
            t = (n + 1) / 8
            ring = circle(0.17, 0.24 + t * 0.76)
            ring[:, 0] *= 1 + 0.25 * t
            ring[:, 1] *= 1 - 0.9 * t
            rings.append(ring)
        return shape.add(rings, printed(random, yellow, 0.3))
    shape.add(block(0.42, 0.32, 0.0, 0.68, 0.13, 0.03), body)
    shape.add(
        block(0.425, 0.325, 0.14, 0.52, 0.13, 0.001),
        printed(random, near(random, (0.7, 0.5, 0.05))),
        caps=False,
    )
    shape.add(lathe([(0.14, 0.66), (0.10, 0.74), (0.10, 0.80), (0.045, 0.86), (0.02, 1.0)]), lid)
    return shape


def can(random: Random) -> Shape:
    look = printed(random, glossy(random), 0.25)
    look = Look(look.colour, rough=0.22, metal=0.75, print=look.print)
    shape = Shape().add(lathe([(0.20, 0.0), (0.22, 0.02), (0.25, 0.06)]), STEEL)
    shape.add(lathe([(0.25, 0.06), (0.25, 0.90), (0.21, 0.98)]), look, caps=False)
    shape.add(lathe([(0.21, 0.98), (0.215, 1.0), (0.20, 1.0), (0.195, 0.975)]), STEEL)
    return shape


def _jar(random: Random, inside: Look, lid: Look, *, full: float) -> Shape:
    profile: Profile = [(0.38, 0.0), (0.44, 0.015), (0.46, 0.05), (0.46, 0.70), (0.43, 0.80), (0.39, 0.85)]
    shape = Shape().add(lathe(profile), GLASS, caps=(True, False))
    _filled(shape, profile, full, inside, 0.965)
    if random.random() < 0.85:
        low = 0.16 + 0.1 * random.random()
        _band(
            shape,
            0.464,
            low,
            low + 0.36,
            printed(random, near(random, WHITE) if random.random() < 0.6 else glossy(random)),
        )
    _cap(shape, 0.42, 0.83, 1.0, lid)
    return shape


def jam(random: Random) -> Shape:
    hue = (0.98, 0.94, 0.08, 0.75, 0.12)[int(random.random() * 5)]
    lid = Look(glossy(random), rough=0.3, metal=0.6)
    return _jar(random, Look(hsv(hue, 0.95, 0.4), rough=0.2, soft=0.1), lid, full=0.3 + 0.5 * random.random())


def pickles(random: Random) -> Shape:
    green = Look(
        near(random, (0.16, 0.22, 0.03)), rough=0.3, bumps=(80, 0.8), spots=(0.30, 0.34, 0.08), spots_scale=70
    )
    return _jar(random, green, Look(glossy(random), rough=0.3, metal=0.6), full=0.78)


def mayonnaise(random: Random) -> Shape:
    cream = Look((0.84, 0.78, 0.58), rough=0.3, soft=0.1)
    return _jar(random, cream, Look(glossy(random), rough=0.35), full=0.4 + 0.4 * random.random())


def yoghurt(random: Random) -> Shape:
    """A pot with a foil lid; its print goes all around."""
    ground = near(random, WHITE) if random.random() < 0.6 else glossy(random)
    shape = Shape().add(
        lathe([(0.33, 0.0), (0.35, 0.01), (0.45, 0.90), (0.45, 0.95)]),
        printed(random, ground),
        caps=(True, False),
    )
    rim = Look(near(random, WHITE), rough=0.35)
    shape.add(lathe([(0.45, 0.94), (0.50, 0.955), (0.50, 0.985)]), rim, caps=False)
    foil = Look(ground if random.random() < 0.5 else (0.7, 0.7, 0.7), rough=0.3, metal=0.8, bumps=(120, 0.15))
    shape.add(lathe([(0.50, 0.985), (0.495, 1.0)]), foil)
    return shape


def cream(random: Random) -> Shape:
    return yoghurt(random)


def rounded_lid(width: float, depth: float, low: float, high: float, radius: float) -> Points:
    return block(width, depth, low, high, radius, 0.012)
