"""The keyboard's layout as the server has it now: keycode and modifier state in, keysym, character and `Mods` out.

Key types, groups and levels after the X Keyboard Extension's protocol specification, sections 7 (key symbol selection)
and 16.3.5 (XkbGetMap), https://www.x.org/releases/X11R7.7/doc/kbproto/xkbproto.html. Pure: the reply comes as bytes.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recorder.capture.backends.x11.input_keysyms import NO_SYMBOL, UNNAMED_CHARACTER, name_of, text_of
from recorder.model.raw import Mods

SHIFT, LOCK, CONTROL = 1, 2, 4
EVDEV_OFFSET = 8  # X keycode = evdev keycode + 8
_GROUP_SHIFT, _GROUP_MASK = 13, 3
_OUT_OF_RANGE_CLAMPS, _OUT_OF_RANGE_REDIRECTS = 0x40, 0x80  # neither: it wraps
# Which modifier bit (after Shift, Lock, Control) means what is known by the keysyms on the keys that set it; the
# second value is the bit that every stock layout uses, for layouts that don't say.
_MEANINGS = {
    Mods.ALT: (frozenset({0xFFE9, 0xFFEA, 0xFFE7, 0xFFE8}), 0x08),  # Alt_L, Alt_R, Meta_L, Meta_R
    Mods.SUPER: (frozenset({0xFFEB, 0xFFEC, 0xFFED, 0xFFEE}), 0x40),  # Super_L, Super_R, Hyper_L, Hyper_R
    Mods.ALTGR: (frozenset({0xFE03, 0xFF7E}), 0x80),  # ISO_Level3_Shift, Mode_switch
    Mods.NUM: (frozenset({0xFF7F}), 0x10),  # Num_Lock
}


@dataclass(frozen=True, slots=True)
class KeyType:
    """How modifiers choose the level of a key. `preserved`: by the same states, the modifiers left for the client."""

    mask: int
    levels: Mapping[int, int]
    preserved: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Key:
    """The symbols of one key: `width` per group."""

    types: tuple[int, ...]
    group_info: int
    width: int
    keysyms: tuple[int, ...]

    def group(self, wanted: int) -> int | None:
        """The effective group after the key's own out-of-range rule, None for a key without symbols."""
        groups = self.group_info & 0x0F
        if not groups or wanted < groups:
            return wanted if groups else None
        rule = self.group_info & 0xC0
        if rule == _OUT_OF_RANGE_REDIRECTS:
            redirected = (self.group_info >> 4) & 3
            return redirected if redirected < groups else 0
        return groups - 1 if rule == _OUT_OF_RANGE_CLAMPS else wanted % groups


@dataclass(frozen=True, slots=True)
class Keymap:
    """One keyboard map. Not `certain`: the keys went by another one, of which only the modifiers are supposed alike."""

    types: Sequence[KeyType]
    keys: Mapping[int, Key]
    bits: Mapping[Mods, int]
    certain: bool = True

    def keysym(self, keycode: int, state: int) -> int:
        """The keysym of X `keycode` in the core event's `state` (modifiers in bits 0-7, group in bits 13-14)."""
        key = self.keys.get(keycode)
        group = key.group((state >> _GROUP_SHIFT) & _GROUP_MASK) if key else None
        if key is None or group is None:
            return NO_SYMBOL
        kind = self.types[key.types[group]]
        at = group * key.width + kind.levels.get(state & kind.mask, 0)
        return key.keysyms[at] if at < len(key.keysyms) else NO_SYMBOL

    def read(self, keycode: int, state: int) -> tuple[str, str | None]:
        """X name and character; when not certain some character, whatever the key. Caps Lock capitalises where the
        key's type does not use it itself."""
        if not self.certain:
            return name_of(NO_SYMBOL), UNNAMED_CHARACTER
        keysym = self.keysym(keycode, state)
        text = text_of(keysym)
        if text and state & LOCK and not self._consumes_lock(keycode, state) and len(text.upper()) == 1:
            text = text.upper()
        return name_of(keysym), text

    def _consumes_lock(self, keycode: int, state: int) -> bool:
        key = self.keys[keycode]
        group = key.group((state >> _GROUP_SHIFT) & _GROUP_MASK)
        kind = self.types[key.types[group or 0]]
        return bool(kind.mask & LOCK & ~kind.preserved.get(state & kind.mask, 0))

    def mods(self, state: int) -> Mods:
        """The modifiers of a core event's state, whatever bits this layout gives them."""
        mods = Mods.NONE
        for bit, meaning in ((SHIFT, Mods.SHIFT), (LOCK, Mods.CAPS), (CONTROL, Mods.CTRL)):
            mods |= meaning if state & bit else Mods.NONE
        for meaning, mask in self.bits.items():
            mods |= meaning if state & mask else Mods.NONE
        return mods


def parse_keymap(reply: bytes) -> Keymap:
    """An XkbGetMap reply that holds key types, symbols and the modifier map, and nothing else."""
    (n_types,) = struct.unpack_from("=B", reply, 15)
    first_key, n_keys = struct.unpack_from("=B2xB", reply, 17)
    (n_modified,) = struct.unpack_from("=B", reply, 33)
    at, types, keys = 40, [], {}
    for _ in range(n_types):
        kind, at = _parse_type(reply, at)
        types.append(kind)
    for keycode in range(first_key, first_key + n_keys):
        keys[keycode], at = _parse_key(reply, at)
    modifiers = dict(struct.iter_unpack("=BB", reply[at : at + 2 * n_modified]))
    return Keymap(types, keys, _meanings(keys, modifiers))


def _parse_type(reply: bytes, at: int) -> tuple[KeyType, int]:
    mask, _, _, _, n_entries, has_preserved = struct.unpack_from("=BBHBBB", reply, at)
    levels, preserved = {}, {}
    after = at + 8 + 8 * n_entries
    for n in range(n_entries):
        is_active, mods, level = struct.unpack_from("=BBB", reply, at + 8 + 8 * n)
        if is_active:
            levels[mods] = level
            preserved[mods] = reply[after + 4 * n] if has_preserved else 0
    return KeyType(mask, levels, preserved), after + (4 * n_entries if has_preserved else 0)


def _parse_key(reply: bytes, at: int) -> tuple[Key, int]:
    *types, group_info, width, n_keysyms = struct.unpack_from("=4BBBH", reply, at)
    keysyms = struct.unpack_from(f"={n_keysyms}I", reply, at + 8)
    return Key(tuple(types), group_info, width, keysyms), at + 8 + 4 * n_keysyms


def _meanings(keys: Mapping[int, Key], modifiers: Mapping[int, int]) -> dict[Mods, int]:
    bits = {}
    for meaning, (keysyms, usual) in _MEANINGS.items():
        mask = 0
        for keycode, mods in modifiers.items():
            if keycode in keys and keysyms.intersection(keys[keycode].keysyms):
                mask |= mods
        bits[meaning] = mask or usual
    return bits
