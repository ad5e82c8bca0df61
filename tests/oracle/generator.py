"""Random programs of calls. They make mistakes, but only those of which the documents say what follows."""
import random

MACHINES = {  # arch, banks and bytes per bank of each pool, grid, L1 of a core, its base
    "wormhole_b0": [12, 1 << 30, 64, 1_397_984, 4, 1 << 30, 64, 32_768, 12, 1 << 24, 8, 8, 1_499_136, 101_152],
    "blackhole": [8, 4_278_190_080, 120, 1_400_000, 4, 1 << 30, 120, 32_768, 8, 1 << 24, 12, 10, 1_572_864, 102_784],
}
OPS = ["add", "matmul", "conv2d", "x"]  # of nobody whose caches ttmem knows by name, as those of ttnn
TAGS = ["kv_cache", "weights"]


class Generator:
    """`in_turn`: a thread mostly goes on, instead of another one at each step."""

    def __init__(self, seed, in_turn=False):
        self.random = random.Random(seed)
        self.threads = self.random.choice([1, 1, 2, 4, 8])
        self.chips = [0xD000 + 7 * i for i in range(self.random.choice([1, 1, 2, 4, 8, 32]))]
        self.in_turn, self.last_thread = in_turn, 0
        self.arch = self.random.choice(list(MACHINES))
        self.lines = []
        self.next_handle = self.next_address = 1
        self.places, self.open = {}, []  # index: (kind, parent, chips)
        self.live, self.freed, self.programs, self.traces = [], [], {}, {}
        self.depth = {thread: [0, 0] for thread in range(self.threads)}  # of operations and iterations
        self.capturing, self.captured = {}, set()  # thread: place; programs in the trace

    def say(self, thread, *words):
        self.lines.append([thread, *words])

    def handle(self):
        self.next_handle += 1
        return self.next_handle

    def begin(self):
        for logical, chip in enumerate(self.chips):
            self.say(0, "chip", chip, logical, self.arch, *MACHINES[self.arch])
        self.add_place(2, 0, None, self.chips)
        for i in range(min(len(self.chips), 3)):
            self.add_place(1, i, None, [self.chips[i]])
        if len(self.chips) >= 2:
            self.add_place(3, 0, 0, self.chips[:len(self.chips) // 2])
            self.add_place(3, 1, 0, self.chips[len(self.chips) // 2:])
            self.add_place(2, 1, None, self.chips[:2])
        for place in self.places:
            self.say(0, "open", place)
        self.open = list(self.places)

    def add_place(self, kind, number, parent, chips):
        index = len(self.places)
        self.places[index] = (kind, parent, chips)
        self.say(0, "place", index, kind, number, "-" if parent is None else parent, len(chips), *chips)

    def some_thread(self):
        if not self.in_turn or self.random.random() < 0.05:
            self.last_thread = self.random.randrange(self.threads)
        return self.last_thread

    # ---- steps

    def figures(self, pool, kind, flags, address=None):
        banks = max(1, MACHINES[self.arch][2 * pool])
        size = self.random.choice([0, 1, 32, 2048, 4096, 100_000, 1 << 20, self.random.randrange(1 << 24)])
        per_bank = -(-size // banks // 32) * 32 if size else 0
        if address is None:
            address = self.next_address * 32
            self.next_address += 1
        unique = self.random.choice([0, self.random.randrange(1, 1 << 48)])
        return [pool, kind, flags, address, size, per_bank, banks, self.random.randint(1, banks),
                self.random.choice([0, 2048]), unique]

    def step_alloc(self):
        place, handle = self.random.choice(self.open), self.handle()
        holder, kind = "-", self.random.choice([0, 1, 1, 1, 4])
        if self.random.random() < 0.2 and self.programs:
            holder, kind = self.random.choice(list(self.programs)), 2
        elif self.random.random() < 0.2 and self.traces:
            holder, kind = self.random.choice(list(self.traces)), 3
        pool = self.random.choice([0, 0, 0, 1, 1, 2, 3, 4])
        flags = self.random.choice([0, 0, 0, 1, 2, 2])
        address = 32 if flags & 2 and self.random.random() < 0.2 else None  # some are at one address
        self.say(self.some_thread(), "alloc", handle, place, *self.figures(pool, kind, flags, address), holder)
        self.live.append((handle, place, self.lines[-1]))

    def step_free(self):
        if not self.live:
            return
        handle, place, line = self.live.pop(self.random.randrange(len(self.live)))
        flags, address = line[6], line[7]
        others = [l for l in self.live if l[1] == place and l[2][4] == line[4] and l[2][7] == address and l[2][6] & 2]
        if flags & 2 and self.random.random() < 0.7:
            if others:  # the newest of those that live there goes
                self.live.append((handle, place, line))
                newest = max(self.live, key=lambda l: l[0] if l in others or l[0] == handle else 0)
                self.live.remove(newest)
            self.say(self.some_thread(), "free_at", place, line[4], address)
        else:
            self.say(self.some_thread(), "free", handle)
            self.freed.append(handle)

    def step_mistake(self):
        what = self.random.randrange(4)
        if what == 0 and self.freed:
            self.say(self.some_thread(), "free", self.random.choice(self.freed[-200:]))
        elif what == 1:
            self.say(self.some_thread(), "free_at", self.random.choice(self.open), 0, 0xBAD000)
        elif what == 2:
            self.say(self.some_thread(), "view", self.random.choice(self.open), *self.figures(0, 1, 0), "-")

    def step_scope(self):
        thread = self.some_thread()
        operations, iterations = self.depth[thread]
        kind = self.random.randrange(5)
        if kind == 0 and operations < 32:
            self.say(thread, "op_begin", self.random.choice(OPS))
            self.depth[thread][0] += 1
        elif kind == 1 and operations:
            self.say(thread, "op_end")
            self.depth[thread][0] -= 1
        elif kind == 2 and iterations < 4:
            self.say(thread, "iteration_begin", "step")
            self.depth[thread][1] += 1
        elif kind == 3 and iterations:
            self.say(thread, "iteration_end")
            self.depth[thread][1] -= 1
        else:
            self.say(thread, "tag", self.random.choice([*TAGS, "-"]))

    def step_program(self):
        handle = self.handle()
        self.say(self.some_thread(), "program", handle, f"program{self.random.randrange(50)}", handle)
        self.programs[handle] = set()
        self.plan(handle)

    def plan(self, handle):
        words, (x, y) = [], MACHINES[self.arch][10:12]
        count = self.random.choice([1, 1, 2, 3, 8])
        for index in range(count):
            ranges = []
            for _ in range(self.random.choice([1, 1, 2])):
                x0, y0 = self.random.randrange(x), self.random.randrange(y)
                ranges += [x0, y0, self.random.randrange(x0, x), self.random.randrange(y0, y)]
            aliased = self.random.random() < 0.1
            address = 101_152 + 32 * self.random.randrange(0, 4000)
            words += [index, int(aliased), address, 32 * self.random.randrange(1, 3000), len(ranges) // 4, *ranges]
        place = self.random.choice(self.open)
        if place in self.capturing.values():
            return
        self.say(self.some_thread(), "plan", handle, place, count, *words)
        self.programs[handle].add(place)

    def step_dispatch(self):
        planned = [(program, place) for program, places in self.programs.items() for place in sorted(places)]
        if planned:
            program, place = self.random.choice(planned)
            thread = self.some_thread()
            self.say(thread, "dispatch", program, place)
            captured = self.capturing.get(thread)
            if captured is not None and captured in (place, self.places[place][1]):
                self.captured.add(program)

    def step_change_program(self):
        if not self.programs:
            return
        program = self.random.choice(list(self.programs))
        what = self.random.randrange(5)
        if self.capturing or any(program in programs for programs in self.traces.values()):
            return  # no document says what the replay of a trace is when a program in it has another plan, or is gone
        if what <= 1:
            self.plan(program)
        elif what == 2:
            self.say(self.some_thread(), "cbs_freed", program)
            self.programs[program] = set()
        else:
            if what == 3:
                self.say(self.some_thread(), "cbs_freed", program)
            self.say(self.some_thread(), "destroy", program)
            del self.programs[program]

    def step_trace(self):
        thread = self.some_thread()
        if not self.capturing:
            place = self.random.choice([place for place in self.open if self.places[place][0] != 3] or [None])
            if place is not None:
                self.say(thread, "trace_begin", place)
                self.capturing[thread] = place
        elif thread in self.capturing:
            planned = [program for program, places in self.programs.items() if self.capturing[thread] in places]
            chosen = self.random.sample(planned, min(3, len(planned)))
            for program in chosen:
                self.say(thread, "dispatch", program, self.capturing[thread])
            handle = self.handle()
            self.say(thread, "trace_end", handle, "decode", self.random.randrange(100))
            del self.capturing[thread]
            self.traces[handle] = set(chosen) | self.captured
            self.captured = set()
        elif self.traces:
            trace = self.random.choice(list(self.traces))
            if self.random.random() < 0.2:
                self.say(thread, "release", trace)
                del self.traces[trace]
            else:
                self.say(thread, "replay", trace)

    def step_failure(self):
        kind = self.random.randint(1, 4)
        self.say(self.some_thread(), "failure", self.random.choice(self.open), kind, 0 if kind in (1, 4) else 1, 12,
                 1 << 30, 1 << 27, 1 << 30, (1 << 30) - (1 << 26), 1 << 26, 1 << 25)

    def step_session(self, times=1):
        for _ in range(times):
            free = [place for place in self.open if place not in self.capturing.values() and not self.traces]
            if not free:
                return
            place = self.random.choice(free)
            if self.random.random() < 0.8 or times > 1:
                self.step_alloc()
            self.say(self.some_thread(), "close", place)
            closed = [other for other in self.places if other == place or self.places[other][1] == place]
            gone = [l for l in self.live if l[1] in closed]
            self.live = [l for l in self.live if l[1] not in closed]
            for places in self.programs.values():
                places -= set(closed)
            for handle, _, _ in gone:
                if self.random.random() < 0.1:
                    self.say(self.some_thread(), "free", handle)
            for other in closed:
                self.say(self.some_thread(), "open", other)

    def program(self, steps, syncs):
        """Lines, with ["sync"] among them and at the end."""
        self.begin()
        kinds = ([self.step_alloc] * 10 + [self.step_free] * 7 + [self.step_mistake] + [self.step_scope] * 5 +
                 [self.step_program] * 2 + [self.step_dispatch] * 4 + [self.step_change_program] * 2 +
                 [self.step_trace] + [self.step_failure] * (self.random.random() < 0.5) + [self.step_session])
        stops = set(self.random.sample(range(1, steps), syncs - 1)) | {steps}
        reused = self.random.randrange(steps) if self.random.random() < 0.5 else -1
        for step in range(1, steps + 1):
            self.random.choice(kinds)()
            if step == reused:
                self.step_session(times=self.random.choice([20, 100, 300]))
            if step in stops:
                self.lines.append(["sync"])
        return self.lines
