"""Reads exports as their tools do: protocol buffers by their numbers, a pickle without running anything of it."""
import collections
import io
import pickle
import pickletools

# What MemoryViz.js of PyTorch knows.
MEMORY_VIZ_OPCODES = {"PROTO", "EMPTY_DICT", "EMPTY_LIST", "MARK", "SETITEMS", "APPENDS", "BININT", "LONG1", "BINUNICODE", "LONG_BINPUT",
                      "LONG_BINGET", "STOP"}


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """{field: [numbers and bytes, in their order]} of a message."""
    found, at = collections.defaultdict(list), 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            assert key & 7 == 2, f"wire type {key & 7} at {at}"
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length, "the end is missing"
        found[key >> 3].append(value)
    return found


def one(message, field, default=None):
    return message[field][0] if message[field] else default


def numbers(data):
    values, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def pprof(path):
    """[(labels, {sample type: value}, [functions, leaf first])], comments."""
    profile = fields(path.read_bytes())
    texts = [text.decode() for text in profile[6]]
    assert texts[0] == ""
    types = [texts[one(fields(message), 1)] for message in profile[1]]
    functions = {one(f, 1): texts[one(f, 2)] for f in map(fields, profile[5])}
    locations = {one(l, 1): functions[one(fields(one(l, 4)), 1)] for l in map(fields, profile[4])}
    samples = []
    for sample in map(fields, profile[2]):
        labels = {texts[one(label, 1)]: texts[one(label, 2)] for label in map(fields, sample[3])}
        values = dict(zip(types, numbers(one(sample, 2))))
        samples.append((labels, values, [locations[number] for number in numbers(one(sample, 1))]))
    return samples, [texts[number] for number in profile[13]]


Track = collections.namedtuple("Track", "name parent is_counter")


def perfetto(path):
    """{uuid: Track}, [(time, track, type, name, counter value)]."""
    tracks, events = {}, []
    for packet in map(fields, fields(path.read_bytes())[1]):
        if packet[60]:
            track = fields(one(packet, 60))
            tracks[one(track, 1)] = Track(one(track, 2).decode(), one(track, 5), bool(track[8]))
        if packet[11]:
            event = fields(one(packet, 11))
            events.append((one(packet, 8), one(event, 11), one(event, 9), one(event, 23, b"").decode(), one(event, 30)))
    return tracks, events


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        raise AssertionError(f"the pickle wants {module}.{name}")


def memory_viz(path):
    data = path.read_bytes()
    used = {opcode.name for opcode, _, _ in pickletools.genops(data)}
    assert used <= MEMORY_VIZ_OPCODES, used - MEMORY_VIZ_OPCODES
    return Restricted(io.BytesIO(data)).load()


def use_over_time(snapshot, device):
    """The bytes that are live at the beginning and after each event of a trace, as the viewer finds them; failed allocations."""
    live, initially, changes, failures = {}, 0, [], 0
    for event in snapshot["device_traces"][device]:
        if event["action"] == "alloc":
            assert event["addr"] not in live
            live[event["addr"]] = event["size"]
            changes.append(event["size"])
        elif event["action"] == "free_completed":
            if live.pop(event["addr"], None) is None:
                initially += event["size"]
            changes.append(-event["size"])
        elif event["action"] == "oom":
            failures += 1
    for segment in snapshot["segments"]:
        if segment["device"] != device:
            continue
        address = segment["address"]
        for block in segment["blocks"]:
            if block["state"] == "active_allocated":
                if live.pop(address, None) is None:
                    initially += block["requested_size"]
            address += block["size"]
        assert address == segment["address"] + segment["total_size"], "blocks fill their segment"
    assert not live, "what is live at the end is in a segment"
    use = [initially]
    for change in changes:
        use.append(use[-1] + change)
    return use, failures
