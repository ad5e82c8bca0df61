"""What is true after each call of a program, by include/ttmem/ttmem.h, docs/ and design alone.

It knows nothing of how ttmem keeps things: an allocation is an object, a core is a key in a dict. `World` has one method
for each call of player.c, under the same name.
"""
POOLS = ["dram", "l1", "system", "l1_small", "trace"]
CLASSES = ["unknown", "tensor", "program", "trace", "runtime"]
FAILURES = {1: "out_of_memory", 2: "cb_clash", 3: "cb_overflow", 4: "trace_region"}
MISTAKES = ["double_frees", "unknown_frees", "foreign_frees", "ambiguous_frees", "late_frees", "invalid_calls",
            "reentrant_calls"]


class Place:
    def __init__(self, kind, number, parent, chips):
        self.kind, self.number, self.parent, self.chips = kind, number, parent, chips
        self.is_open = False

    def is_within(self, other):
        return self is other or self.parent is other


class Allocation:
    def __init__(self, place, pool, kind, flags, address, requested, per_bank, banks, data_banks, page, unique_id):
        self.place, self.pool, self.kind, self.address = place, POOLS[pool], CLASSES[kind], address
        self.persistent, self.by_address = bool(flags & 1), bool(flags & 2)
        self.requested, self.reserved, self.per_bank = requested, per_bank * banks, per_bank
        self.banks, self.data_banks, self.page, self.unique_id = banks, data_banks, page, unique_id
        self.state = "live"  # freed, closed
        self.is_leak = False  # it outlived its iteration, its program or its trace
        self.is_excused = False  # history tells otherwise, or nothing can: the answer that is compared says so

    @property
    def is_called_leak(self):
        return self.is_leak and not self.is_excused


class Holder:
    """A program or a trace."""

    def __init__(self, name, unique_id):
        self.name, self.unique_id = name, unique_id
        self.lives = True
        self.plans = {}  # Place: Plan in force
        self.next_plans = {}  # Place: the Plan from the next dispatch on
        self.dispatches = []  # of a trace: (program, place, plan)


class Plan:
    def __init__(self, buffers):
        self.buffers = buffers  # (index, aliased, address, bytes, ranges)
        self.key = tuple(buffers)

    def cores(self):
        """{core: [(begin, end)]} without aliased ones."""
        found = {}
        for _, aliased, address, size, ranges in self.buffers:
            for core in cores_of(ranges):
                taken = found.setdefault(core, [])
                if not aliased and size:
                    taken.append((address, address + size))
        return found


def cores_of(ranges):
    return {(x, y) for x0, y0, x1, y1 in ranges for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)}


def union(ranges):
    total, end = 0, 0
    for begin, stop in sorted(ranges):
        total += max(0, stop - max(begin, end))
        end = max(end, stop)
    return total


class Thread:
    def __init__(self):
        self.ops, self.tag, self.iterations, self.capture = [], None, [], None


class World:
    def __init__(self, threads):
        self.threads = [Thread() for _ in range(threads)]
        self.thread = None  # the one that calls, by number
        self.chips, self.places, self.handles = {}, {}, {}
        self.allocations, self.programs, self.traces, self.failures = [], [], [], []
        self.left_behind = []  # (program, place, plan)
        self.peaks = {}  # (chip, pool): [requested, reserved, most places at once]
        self.totals = {}  # (chip, pool): [requested, reserved]
        self.covered_by = {}  # (chip, pool): places that ever had an allocation
        self.mistakes = dict.fromkeys(MISTAKES, 0)
        self.dispatched = {}  # (chip, core): (program, place, plan), the newest
        self.released_by_close = 0
        self.live_at = {}  # (place, pool, address): [allocations by address]

    def caller(self):
        return self.threads[self.thread]

    # ---- the library's calls

    def chip(self, chip_id, logical_id, arch, *figures):
        pools = {pool: figures[2 * i] * figures[2 * i + 1] for i, pool in enumerate(POOLS)}
        self.chips[chip_id] = {"logical_id": logical_id, "arch": arch, "capacity": pools, "grid": figures[10:12]}

    def place(self, index, kind, number, parent, _, *chips):
        self.places[index] = Place(kind, number, None if parent == "-" else self.places[parent], list(chips))

    def open(self, place):
        self.places[place].is_open = True

    def close(self, place):
        closed = self.places[place]
        for part in self.places.values():
            if part.is_within(closed):
                part.is_open = False
        for allocation in self.allocations:
            if allocation.state == "live" and allocation.place.is_within(closed):
                self.end(allocation, "closed")
                if not allocation.is_leak:
                    self.released_by_close += allocation.requested * len(allocation.place.chips)
        for program in self.programs:
            for held in (program.plans, program.next_plans):
                for part in [part for part in held if part.is_within(closed)]:
                    del held[part]
        self.dispatched = {key: newest for key, newest in self.dispatched.items() if not newest[1].is_within(closed)}

    def allocation_of(self, place, *figures):
        *figures, holder = figures
        made = Allocation(self.places[place], *figures)
        made.holder = None if holder == "-" else self.handles[holder]
        return made

    def alloc(self, handle, place, *figures):
        made = self.allocation_of(place, *figures)
        made.place.is_open = True
        caller = self.caller()
        made.op, made.tag, made.thread = caller.ops[-1] if caller.ops else None, caller.tag, self.thread
        made.iteration = caller.iterations[-1] if caller.iterations else None
        self.handles[handle] = made
        self.allocations.append(made)
        for chip in made.place.chips:
            key = (chip, made.pool)
            total = self.totals.setdefault(key, [0, 0])
            total[0] += made.requested
            total[1] += made.reserved
            self.peaks[key] = [max(a, b) for a, b in zip(self.peaks.get(key, [0, 0]), total)]
            self.covered_by.setdefault(key, set()).add(made.place)
        if made.by_address:
            self.live_at.setdefault((made.place, made.pool, made.address), []).append(made)

    def end(self, allocation, state):
        allocation.state = state
        for chip in allocation.place.chips:
            total = self.totals[chip, allocation.pool]
            total[0] -= allocation.requested
            total[1] -= allocation.reserved
        if allocation.by_address:
            self.live_at[allocation.place, allocation.pool, allocation.address].remove(allocation)

    def free(self, handle):
        allocation = self.handles[handle]
        if allocation.state == "live":
            self.end(allocation, "freed")
        elif allocation.state == "closed":
            self.mistakes["late_frees"] += 1
            allocation.state = "freed"
            if not allocation.is_leak:
                self.released_by_close -= allocation.requested * len(allocation.place.chips)
        else:
            self.mistakes["double_frees"] += 1

    def free_number(self, _):
        self.mistakes["unknown_frees"] += 1

    def free_at(self, place, pool, address):
        live = self.live_at.get((self.places[place], POOLS[pool], address), [])
        if not live:
            self.mistakes["unknown_frees"] += 1
            return
        if len(live) > 1:
            self.mistakes["ambiguous_frees"] += 1
        self.end(live[-1], "freed")

    def view(self, place, *_):
        pass

    def persistent(self, handle):
        self.handles[handle].persistent = True

    def failure(self, place, kind, pool, banks, requested, *figures):
        caller = self.caller()
        self.failures.append({"kind": FAILURES[kind], "place": self.places[place], "pool": POOLS[pool],
                              "requested_bytes": requested, "op": caller.ops[-1] if caller.ops else None,
                              "thread": self.thread})

    def op_begin(self, name):
        self.caller().ops.append(name)

    def op_end(self):
        self.caller().ops.pop()

    def tag(self, name):
        self.caller().tag = None if name == "-" else name

    def iteration_begin(self, name):
        self.caller().iterations.append(object())

    def iteration_end(self):
        ended = self.caller().iterations.pop()
        for allocation in self.allocations:
            if allocation.iteration is ended and allocation.state == "live" and not allocation.persistent:
                if allocation.kind not in ("program", "trace"):
                    allocation.is_leak = True

    def program(self, handle, name, unique_id):
        made = Holder(name, unique_id)
        caller = self.caller()
        made.op, made.tag, made.thread = caller.ops[-1] if caller.ops else None, caller.tag, self.thread
        self.handles[handle] = made
        self.programs.append(made)

    def plan(self, program, place, count, *words):
        buffers, words = [], list(words)
        for _ in range(count):
            index, flags, address, size, ranges = words[:5]
            buffers.append((index, bool(flags & 1), address, size,
                            tuple(tuple(words[5 + 4 * i:9 + 4 * i]) for i in range(ranges))))
            del words[:5 + 4 * ranges]
        program, place, plan = self.handles[program], self.places[place], Plan(buffers)
        place.is_open = True
        program.next_plans.pop(place, None)
        if place not in program.plans:
            program.plans[place] = plan
        elif program.plans[place].key != plan.key:
            program.next_plans[place] = plan

    def dispatch(self, program, place):
        program, place, capture = self.handles[program], self.places[place], self.caller().capture
        if place in program.next_plans:
            program.plans[place] = program.next_plans.pop(place)
        if capture and place.is_within(capture[0]):
            capture[1].append((program, place, program.plans.get(place)))
            return
        place.is_open = True
        self.launch(program, place, program.plans.get(place))

    def launch(self, program, place, plan):
        for core in plan.cores() if plan else ():
            for chip in place.chips:
                self.dispatched[chip, core] = (program, place, plan)

    def cbs_freed(self, program):
        self.handles[program].plans.clear()
        self.handles[program].next_plans.clear()

    def destroy(self, program):
        program = self.handles[program]
        self.left_behind += [(program, place, plan) for place, plan in program.plans.items()]
        self.end_holder(program)

    def end_holder(self, holder):
        holder.lives = False
        holder.plans, holder.next_plans = {}, {}
        for allocation in self.allocations:
            if allocation.holder is holder and allocation.state == "live":
                allocation.is_leak = True

    def trace_begin(self, place):
        self.caller().capture = (self.places[place], [])

    def trace_end(self, handle, name, number):
        made = Holder(name, number)
        made.dispatches, self.caller().capture = self.caller().capture[1], None
        self.handles[handle] = made
        self.traces.append(made)

    def replay(self, trace):
        for program, place, plan in self.handles[trace].dispatches:
            self.launch(program, place, plan)

    def release(self, trace):
        self.end_holder(self.handles[trace])

    def level(self, _):
        pass

    # ---- what can be asked

    def live(self):
        return [allocation for allocation in self.allocations if allocation.state == "live"]

    def leaked(self):
        return [a for a in self.allocations if a.is_called_leak and a.state in ("live", "closed")]

    def verdict(self, allocation):
        """Of one that lives in a process that lives."""
        if allocation.is_called_leak:
            return "leaked"
        holder = allocation.holder
        return "cached" if holder and holder.lives and allocation.kind in ("program", "trace") else None

    def known_chips(self):
        """Those of a place that was ever opened."""
        return {chip for place in self.places.values() for chip in place.chips}

    def cb_ranges(self, chip):
        """{core: [(begin, end)]} of all live programs."""
        reserved = {}
        for program in self.programs:
            for place, plan in program.plans.items():
                if chip in place.chips:
                    for core, ranges in plan.cores().items():
                        reserved.setdefault(core, []).extend(ranges)
        return reserved

    def cb_figures(self, chip):
        """(reserved, resident, most reserved on a core)"""
        reserved, resident = self.cb_ranges(chip), 0
        for (where, core), (program, place, plan) in self.dispatched.items():
            if where == chip and program.lives and program.plans.get(place) is plan:
                resident += union(plan.cores()[core])
        per_core = [union(ranges) for ranges in reserved.values()]
        return sum(per_core), resident, max(per_core, default=0)
