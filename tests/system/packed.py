"""The documents that rows of the store keep packed (src/store/pack.h), for tests that put
something into a store which has stopped."""

ABSENT, INTEGER, TEXT, SAME = range(4)
SAME_AS_BEFORE = object()


def _varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def unpack(data):
    """Integers, bytes, None, and SAME_AS_BEFORE."""
    values, at = [], 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag in (INTEGER, TEXT):
            number, at = _varint(data, at)
        if tag == INTEGER:
            values.append(number >> 1 ^ -(number & 1))
        elif tag == TEXT:
            values.append(data[at:at + number])
            at += number
        else:
            values.append(SAME_AS_BEFORE if tag == SAME else None)
    return values


def _number(tag, number):
    out = bytearray([tag])
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def pack(values):
    out = b""
    for value in values:
        if value is None or value is SAME_AS_BEFORE:
            out += bytes([ABSENT if value is None else SAME])
        elif isinstance(value, int):
            out += _number(INTEGER, value << 1 if value >= 0 else ~(value << 1))
        else:
            out += _number(TEXT, len(value)) + value
    return out


STATE, DUE, NEXT, FIRED = range(4)      # the first values of a clock (src/store/packed.c)


def change_clocks(store, change):
    """change() gets the values of each clock of each incident, in place."""
    for incident, document in store.execute("SELECT incident, document FROM clock").fetchall():
        clocks = [unpack(part) for part in unpack(document)]
        for clock in clocks:
            change(clock)
        store.execute("UPDATE clock SET next_at = ?, document = ? WHERE incident = ?",
                      (min((c[NEXT] for c in clocks if c[STATE] == 1 and c[NEXT] is not None),
                           default=None), pack(map(pack, clocks)), incident))
