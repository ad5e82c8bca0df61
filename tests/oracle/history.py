"""What a recording of a program has to say: what is true (model.py) and what was true before, in the order of its calls."""
import collections

from model import World


class Moment:
    """The largest use of a pool on a chip: the allocation that made it so (None: it was so when the count began), and what was live."""

    def __init__(self, reserved, live, made_by):
        self.reserved, self.live, self.made_by = reserved, live, made_by


class RecordedWorld(World):
    def __init__(self, threads):
        super().__init__(threads)
        self.moments, self.steady = {}, {}  # (chip, pool): Moment; steady: since the first iteration ended
        self.iterations_ended = self.outermost_ended = 0
        self.newest_of_thread = {}
        self.openings = 0
        self.at_ends = []  # of outermost iterations: live programs, traces, allocations

    def on(self, chip, pool):
        return [a for a in self.live() if chip in a.place.chips and a.pool == pool]

    def alloc(self, handle, place, *figures):
        super().alloc(handle, place, *figures)
        made = self.handles[handle]
        made.ended_by, made.is_temporary = None, False
        self.newest_of_thread[made.thread] = made
        for chip in made.place.chips:
            for moments in (self.moments, self.steady) if self.iterations_ended else (self.moments,):
                key = (chip, made.pool)
                if key not in moments or self.totals[key][1] > moments[key].reserved:
                    moments[key] = Moment(self.totals[key][1], self.on(*key), made)

    def end(self, allocation, state):
        super().end(allocation, state)
        allocation.ended_by = state
        allocation.is_temporary = state == "freed" and self.newest_of_thread[allocation.thread] is allocation

    def iteration_end(self):
        super().iteration_end()
        self.iterations_ended += 1
        if not self.caller().iterations:
            self.outermost_ended += 1
            going_on = [iteration for thread in self.threads for iteration in thread.iterations]
            left = [a for a in self.live() if a.iteration not in going_on]  # what others made may still be freed in time
            self.at_ends.append([sum(holder.lives for holder in of) for of in (self.programs, self.traces)] + [left])
        if self.iterations_ended == 1:
            self.steady = {key: Moment(total[1], self.on(*key), None) for key, total in self.totals.items()}

    def open(self, place):
        self.openings += not self.places[place].is_open
        super().open(place)

    def trace_begin(self, place):
        super().trace_begin(place)
        self.caller().capturing = self.places[place]

    def trace_end(self, handle, name, number):
        super().trace_end(handle, name, number)
        self.traces[-1].place, self.traces[-1].replays = self.caller().capturing, 0

    def replay(self, trace):
        super().replay(trace)
        self.handles[trace].replays += 1

    # ---- what can be asked

    def lives(self, process_lives):
        """{what became of it: allocations}, by the end of the recording."""
        ends = {"freed": "freed", "closed": "released", None: "live" if process_lives else "released"}
        found = collections.defaultdict(list)
        for allocation in self.allocations:
            found[ends[allocation.ended_by]].append(allocation)
        return found
