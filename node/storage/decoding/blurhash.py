"""Blurhash (https://blurha.sh, algorithm of version 1): a picture in some thirty characters, for the time before it is
loaded."""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
Colour: TypeAlias = tuple[float, float, float]


def encode(pixels: Sequence[tuple[int, int, int]], width: int, height: int, across: int = 4, down: int = 3) -> str:
    """Of sRGB pixels, row by row; some thirty a side are enough."""
    linear = [(_linear(red), _linear(green), _linear(blue)) for red, green, blue in pixels]
    waves_x = [[math.cos(math.pi * wave * x / width) for x in range(width)] for wave in range(across)]
    waves_y = [[math.cos(math.pi * wave * y / height) for y in range(height)] for wave in range(down)]
    factors = [_factor(linear, horizontal, vertical) for vertical in waves_y for horizontal in waves_x]
    constant, waves = factors[0], [tuple(2 * part for part in factor) for factor in factors[1:]]
    largest = max((abs(part) for wave in waves for part in wave), default=0.0)
    steps = max(0, min(82, math.floor(largest * 166 - 0.5)))
    scale = (steps + 1) / 166
    found = _base83(across - 1 + (down - 1) * 9, 1) + _base83(steps, 1) + _base83(_rgb(constant), 4)
    return found + "".join(_base83(_wave(wave, scale), 2) for wave in waves)


def _factor(linear: Sequence[Colour], horizontal: Sequence[float], vertical: Sequence[float]) -> Colour:
    weights = [down * across for down in vertical for across in horizontal]
    red, green, blue = (sum(w * colour[part] for w, colour in zip(weights, linear, strict=True)) for part in range(3))
    return red / len(linear), green / len(linear), blue / len(linear)


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _srgb(value: float) -> int:
    part = max(0.0, min(1.0, value))
    return int((part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _rgb(colour: Colour) -> int:
    red, green, blue = (_srgb(part) for part in colour)
    return (red << 16) + (green << 8) + blue


def _wave(wave: Sequence[float], scale: float) -> int:
    value = 0
    for part in wave:
        level = math.copysign(abs(part / scale) ** 0.5, part)
        value = value * 19 + max(0, min(18, math.floor(level * 9 + 9.5)))
    return value


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))
