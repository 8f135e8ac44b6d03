"""Reads an event file as TensorBoard's documents describe it and prints [step, tag, value] lines of JSON. Fails where a
checksum or a message is wrong. Usage: read_events.py FILE"""

import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8): crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    while data:
        length, check = struct.unpack_from("<QI", data)
        assert check == masked(data[:8]), "checksum of a length"
        message = data[12:12 + length]
        assert struct.unpack_from("<I", data, 12 + length)[0] == masked(message), "checksum of a message"
        yield message
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80: return value, at


def fields(message):
    """(number, value) of each field of a message of protocol buffers."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0: value, at = varint(message, at)
        elif key & 7 == 1: value, at = struct.unpack_from("<d", message, at)[0], at + 8
        elif key & 7 == 5: value, at = struct.unpack_from("<f", message, at)[0], at + 4
        else:
            length, at = varint(message, at)
            value, at = message[at:at + length], at + length
        yield key >> 3, value


messages = [list(fields(message)) for message in records(open(sys.argv[1], "rb").read())]
assert dict(messages[0])[3] == b"brain.Event:2", "the first record tells the version"
for message in messages[1:]:
    event = dict(message)
    assert event[1] > 1e9, "a time in seconds since 1970"
    for number, value in fields(event[5]):
        assert number == 1
        entry = dict(fields(value))
        print(json.dumps([event[2], entry[1].decode(), entry[2]]))
