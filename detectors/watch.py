"""The round: how the state of rows moves by one sample each, and what there is to tell of it."""

from collections.abc import Sequence

import numpy as np

from detectors import former, gate, hypotheses, judge, peaks, picture, standstill, tail
from detectors.detector import Floats, Judgement, reference_of
from detectors.evidence import Look
from detectors.flags import Flags, some, which
from detectors.hypotheses import Levels
from detectors.judge import Verdict
from detectors.layout import Part
from detectors.leeway import Granted
from detectors.objects import Holder
from detectors.profile import Profile
from detectors.state import Index, State
from detectors.store import Store


class Watch:
    """What a bank does with a round of samples; its state is that of the rows it is given."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._detectors = profile.detectors
        self._jury = judge.Jury(profile.detectors, profile.direction)
        self._references = [reference_of(detector) for detector in profile.detectors]

    @property
    def parts(self) -> list[Part]:
        """The parts of a row: what each detector keeps, and what belongs to none of them."""
        return [
            *(
                Part(f"detector {d.name}", d.dtype, holder=d if isinstance(d, Holder) else None)
                for d in self._detectors
            ),
            Part("tails", tail.TAIL, streams=len(self._detectors) + 1),
            Part("gate", gate.GATE),
            Part("picture", picture.PICTURE),
            Part("peaks", peaks.PEAKS),
            Part("standstill", standstill.STANDSTILL),
            Part("former", former.FORMER),
        ]

    def blank(self, parts: Sequence[Part]) -> bytes | None:
        """The bytes of a new row of these parts, :attr:`parts` being the first; None for zeroes."""
        store = Store(parts)
        store.begin([0], None)
        loan = store.lend(np.zeros(1, np.intp))
        for detector, state in zip(self._detectors, loan.states, strict=False):
            detector.start(state)
        loan.give_back()
        packed = store.packed(np.zeros(1, np.intp))
        return packed.tobytes() if packed.any() else None

    def step(
        self,
        states: Sequence[State],
        at: Floats,
        x: Floats,
        granted: Granted | None = None,
        levels: Levels | None = None,
    ) -> tuple[Look, gate.Turn | None]:
        """Judge a sample of each row and learn from it.

        `granted`: what people said of the rows, if anything; `levels`: of their tests, where false
        discoveries are controlled.
        Gives how they looked, and which rows have something to tell (None where none may).
        """
        tails, gates, drawn, runs, stands, left = states[len(self._detectors) :][:6]
        held = None if granted is None else granted.held
        dt, rule = gate.tick(gates, at, self.profile, held), peaks.rule(self.profile)
        judged = self.judge(states[: len(self._detectors)], x, at)
        verdict = Verdict(self._jury, judged, tails)
        peaks.keep_rule(runs, rule)
        still = self._still(stands, x, dt, gates["is_open"], granted)
        look = self._look(verdict, runs, gates["cadence"], at, x, still)
        picture.remember(drawn, at, x, look.lower, look.upper)
        factor = 1.0 if granted is None else granted.factor
        tests, ready = None, gate.is_ready(gates, self.profile)
        may_open = _may_open(ready, gates, granted)
        limit = gate.budget(gates, self.profile, factor)
        if levels is not None:
            tests = hypotheses.begin(runs, levels, may_open)
            limit = hypotheses.limit(tests, runs, gates, factor)
        alarm, at_once = judge.alarms(look, limit, self.profile)
        alarm |= (bound := self._is_bound(look, limit))
        standstill.alarms(alarm, still, limit, look.nats)
        alarm &= ready
        weight, taken = gate.weights(gates, at, verdict.doubt, alarm, limit, self.profile)
        if granted is not None:
            alarm = alarm & (~granted.quiet | (gates["is_open"] == 1))
            weight, taken = (np.where(granted.held, 0.0, each) for each in (weight, taken))
        back = self._returned(left, look, alarm | (verdict.doubt >= limit), bound, granted)
        for each in (alarm, at_once, weight, taken, look.nats, look.single):
            each[back] = 0
        strange, is_open = (verdict.nats, verdict.single), gates["is_open"]
        peaks.learn(runs, *strange, at, dt, gates["cadence"], rule, taken > 0, is_open)
        turn = gate.step(gates, look, alarm, at_once, self.profile)
        opened = None if turn is None else turn.opened
        if tests is None:
            paid, per_s = _paid(opened, look, bound), self.profile.false_alarms_per_s * factor
            peaks.settle(runs, paid, may_open, dt, gates["cadence"], per_s)
        else:
            hypotheses.learn(tests, runs, opened)
        for detector, state, judgement in zip(self._detectors, states, judged, strict=False):
            detector.learn(state, x, at, weight, judgement.memo)
        verdict.learn(taken, dt, self.profile.memory_s)
        if len(back):
            self._go_back(states, look, back)
            peaks.forget(runs, back)
        if turn is not None:
            due = self._relearn(states, look, granted)
            standstill.start_again(stands, due[still[due] > 0])
        return look, turn

    def judge(self, states: Sequence[State], x: Floats, at: Floats) -> list[Judgement]:
        """What each detector says, those that build on another after that one."""
        judged: dict[str | None, Judgement] = {}
        for detector, state, name in zip(self._detectors, states, self._references, strict=True):
            beside = () if name is None else (judged[name],)
            judged[detector.name] = detector.score(state, x, at, *beside)
        return list(judged.values())

    def _look(
        self,
        verdict: Verdict,
        runs: State,
        cadence: Floats,
        at: Floats,
        x: Floats,
        still: Floats,
    ) -> Look:
        """How the samples look: how rare runs of such ones are, and each alone."""
        share = self.profile.single_share
        told = peaks.surprise(runs, verdict.nats, verdict.single, cadence, share)
        nats = verdict.raised(told.run)
        opinion = verdict.expected, verdict.lower, verdict.upper
        return Look(
            at, x, *opinion, nats=nats, single=told.single, parts=verdict.parts, still=still
        )

    def _still(
        self, stands: State, x: Floats, dt: Floats, is_open: Flags, granted: Granted | None
    ) -> Floats:
        return standstill.step(
            stands,
            x,
            dt,
            least_s=self.profile.told_stuck_s,
            memory_s=self.profile.memory_s,
            is_open=is_open,
            held=None if granted is None else granted.held,
        )

    def _is_bound(self, look: Look, limit: Floats) -> Flags:
        """Where a detector that is absolute alarms, however little is off from what is expected."""
        if not some(self._jury.absolute):
            return np.zeros(len(limit), np.bool_)
        bound: Flags = np.logical_or.reduce(look.parts[self._jury.absolute] >= limit, axis=0)
        return bound

    def _returned(
        self, left: State, look: Look, is_odd: Flags, bound: Flags, granted: Granted | None
    ) -> Index:
        """The rows that come back to their former normal, and to nothing that is told besides."""
        is_odd = is_odd if granted is None else is_odd & ~granted.held
        back = former.returned(left, look, is_odd)
        if not len(back):
            return back
        is_other = bound | (look.still > 0)
        return back[~is_other[back]]

    def _left(self, states: Sequence[State]) -> State:
        """The former normal of rows."""
        return states[len(self._detectors) + 5]

    def _go_back(self, states: Sequence[State], look: Look, rows: Index) -> None:
        left = self._left(states)
        guess = look.expected[rows] + left["step"][rows]
        step = self._expect(states, look, rows, former.level(look, rows, guess))
        former.turn(left, rows, step, look.at[rows])

    def _relearn(self, states: Sequence[State], look: Look, granted: Granted | None) -> Index:
        """The rows whose anomaly was taken as the new normal."""
        tails, gates = states[len(self._detectors) :][:2]
        is_due = gate.due_to_relearn(gates, self.profile)
        due = which(is_due if granted is None else is_due & ~granted.held)
        if len(due):
            at, left = look.at[due], self._left(states)
            step = self._expect(states, look, due, former.level(look, due, gates["recent"][due]))
            is_again = (gates["relearnt_at"] > gates["opened_at"])[due]
            step = step + np.where(is_again, former.so_far(left, due, at), 0.0)
            former.leave(left, due, step, at + self.profile.memory_s)
            young = tails.of(due)
            tail.reopen(young)
            tails.put(due, young)
            gates.put(due, {"relearnt_at": at, "troubled": np.zeros(len(due))})
        return due

    def _expect(self, states: Sequence[State], look: Look, rows: Index, level: Floats) -> Floats:
        """Let rows expect a level; gives the step from there to what they expected before."""
        chosen, at = [state.of(rows) for state in states[: len(self._detectors)]], look.at[rows]
        judge.start_again(self._detectors, chosen, level, at)
        for state, part in zip(states, chosen, strict=False):
            state.put(rows, part)
        step: Floats = look.expected[rows] - level
        return step


def _paid(opened: Flags | None, look: Look, bound: Flags) -> Flags | None:
    """Of anomalies that opened, those that a budget is for: by no bound, nor a standstill."""
    if opened is None:
        return None
    by: Flags = opened & ~bound & (look.still <= 0)
    return by


def _may_open(ready: Flags, gates: State, granted: Granted | None) -> Flags:
    may: Flags = ready & (gates["is_open"] == 0)
    return may if granted is None else may & ~granted.quiet
