"""Plans, results and runs as text for people. Pure; secrets are masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checker.text.layout import wrapped
from checker.text.printable import printable
from checker.text.secrets import mask_text
from checker.text.style import FILE_STYLE, Style
from remediation.applying.history import JournalledCall, Run
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.applying.undo_plan import UndoAction, UndoItem, UndoPlan
from remediation.planning.model import AccountPlan, Plan, Prospect
from remediation.planning.steps import AnyStep, ManualStep, Step
from remediation.showing.plan_document import digest

_WORDS = {
    "metric_filter": "metric filter",
    "topic": "topic",
    "subscription": "subscription",
    "alarm": "alarm",
}
_PROSPECTS = {
    Prospect.HOLDS: "then ok",
    Prospect.WAITS: "then waits for a person",
    Prospect.NOBODY: "then still alarm at subscription",
    Prospect.UNTOLD: "and somebody who was named is not told",
    Prospect.MANUAL: "by hand",
    Prospect.UNDECIDED: "undecided",
    Prospect.WAIVED: "waived",
}


def plan_text(plan: Plan, style: Style = FILE_STYLE) -> str:
    """The whole plan: accounts with steps in full, the others in one line each."""
    lines = [f"Plan for {plan.benchmark}: {', '.join(plan.controls)}"]
    for account in plan.accounts:
        lines += ["", *account_lines(account, style)]
    lines += [f"undecided: {text}" for text in plan.unseen]
    lines += [f"note: {note}" for note in plan.notes]
    lines += ["", _summary(plan)]
    if plan.calls:
        lines.append(f"digest: {digest(plan)}")
    return printable("\n".join(lines) + "\n")


def account_lines(account: AccountPlan, style: Style = FILE_STYLE) -> list[str]:
    """One account: what to expect of each finding, and the numbered steps."""
    through = f" ({account.connection})" if account.connection and account.connection != account.account_id else ""
    lines = [f"account {account.account_id}{through}"]
    for expected in account.expectations:
        holds = expected.before == "ok" and expected.prospect is Prospect.HOLDS
        prospect = "ok" if holds else f"{expected.before}, {_PROSPECTS[expected.prospect]}"
        lines += _wrapped(f"{expected.control_id} {expected.control}: {prospect}: {expected.sentence}", 2, style)
    for number, step in enumerate(account.steps, start=1):
        lines += _step_lines(number, step, style)
    return lines


def _step_lines(number: int, step: AnyStep, style: Style) -> list[str]:
    if isinstance(step, ManualStep):
        kind = "optional, by hand" if step.optional else "by hand"
        lines = _wrapped(f"{number}. {kind}: {step.title}", 2, style)
        return [*lines, *_wrapped(f"why: {step.why}", 5, style), *_chain(step.commands)]
    return [
        _line(f"  {number}. add {describe(step)}"),
        f"     in {step.region}, needs {step.iam_action}, for {', '.join(step.controls)}",
        *_wrapped(f"why: {step.why}", 5, style),
        f"     $ {step.shown_command}",
    ]


def _chain(commands: Sequence[str]) -> list[str]:
    """The lines of one command, the prompt before the first."""
    return [f"     {'$ ' if number == 0 else '    '}{line}" for number, line in enumerate(commands)]


def describe(step: Step) -> str:
    """``metric filter NAME on log group GROUP``"""
    match step.operation:
        case "PutMetricFilter" | "DeleteMetricFilter":
            return f"metric filter {step.arguments['filterName']} on log group {step.arguments['logGroupName']}"
        case "Subscribe":
            shown = step.shown_arguments
            return f"subscription of {shown['Protocol']} {shown['Endpoint']} to topic {_last(step.resource)}"
        case "Unsubscribe":
            return _subscription(step.id, step.resource)
        case _:
            return f"{_WORDS[step.kind]} {_last(step.resource)}"


def _summary(plan: Plan) -> str:
    accounts = len(plan.touched)
    parts = [f"{_count(len(plan.calls), 'step')} in {_count(accounts, 'account')}" if plan.calls else "nothing to add"]
    if manual := [step for step in plan.manual if not step.optional]:
        parts.append(f"{_count(len(manual), 'step')} by hand")
    names = (
        (Prospect.WAITS, "waiting for a person"),
        (Prospect.NOBODY, "without a subscriber"),
        (Prospect.UNTOLD, "not told to everybody who was named"),
        (Prospect.UNDECIDED, "undecided"),
    )
    for prospect, words in names:
        if number := sum(1 for expected in plan.expectations if expected.prospect is prospect):
            parts.append(f"{_count(number, 'finding')} {words}")
    return "; ".join(parts)


def denied_text(denied: Mapping[str, Sequence[str]]) -> str:
    """What AWS would not allow: nothing is done in these accounts."""
    lines = [f"account {account}: {mask_text(text)}" for account, found in denied.items() for text in found]
    lines.append("nothing is done there: alarmchain remediate permissions --for apply prints the policy that allows it")
    return printable("".join(f"{line}\n" for line in lines))


def changed_text(changed: Mapping[str, Sequence[str]]) -> str:
    """The accounts that a saved plan does not fit any more: nothing is done there."""
    lines = [f"nothing is done in account {account}: {'; '.join(found)}" for account, found in changed.items()]
    lines.append("the plan no longer fits these accounts: make a new one (alarmchain remediate --save PLAN.json)")
    return _lines(lines)


def result_line(result: StepResult) -> str:
    """One step's end in one line."""
    message = f": {mask_text(result.message)}" if result.message else ""
    return _line(f"{result.outcome:>13}  {result.step.region}  {describe(result.step)}{message}")


def run_text(result: RunResult) -> str:
    """What exists now, for accounts that did not end well, and how to take the run back."""
    lines = []
    for account in result.accounts:
        if not account.good:
            lines += _failed_account(account)
    if result.interrupted:
        lines.append("interrupted: what was done is in the journal; run it again or undo it")
    if any(step.outcome in (Outcome.APPLIED, Outcome.WAITING, Outcome.UNKNOWN) for step in result.steps):
        lines.append(f"run {result.run_id}; to take it back: alarmchain remediate undo {result.run_id}")
    return _lines(lines)


def undone_text(result: RunResult, undone: str) -> str:
    """What an undo of run ``undone`` that did not end well has left, account by account."""
    lines = []
    again = f"undo it again to go on: alarmchain remediate undo {undone}"
    for account in result.accounts:
        if account.error:
            how_much = "not all" if any(end.outcome is Outcome.REMOVED for end in account.steps) else "nothing"
            lines.append(f"account {account.account_id}: {how_much} was removed: {mask_text(account.error)}; {again}")
            continue
        still = [end for end in account.steps if end.outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_REACHED)]
        if still:
            names = ", ".join(f"{describe(end.step)} ({end.outcome})" for end in still)
            lines.append(f"account {account.account_id}: not taken back: {names}; {again}")
    if result.interrupted:
        lines.append(f"interrupted: what was removed is in the journal; {again}")
    return _lines(lines)


def _failed_account(account: AccountResult) -> list[str]:
    if account.error:
        return [f"account {account.account_id}: nothing was done: {mask_text(account.error)}"]
    made = [result for result in account.steps if result.outcome in (Outcome.APPLIED, Outcome.WAITING)]
    exists = ", ".join(describe(result.step) for result in made) or "nothing"
    unknown = [describe(result.step) for result in account.steps if result.outcome is Outcome.UNKNOWN]
    perhaps = f"; perhaps {', '.join(unknown)}" if unknown else ""
    rest = sum(1 for result in account.steps if result.outcome is Outcome.NOT_REACHED)
    left = f"; {_count(rest, 'step')} not reached" if rest else ""
    return [f"account {account.account_id} stopped; new are now: {exists}{perhaps}{left}. Run it again to go on."]


def undo_text(plan: UndoPlan) -> str:
    """What undoing would remove and what it would leave."""
    lines = [f"Undo of run {plan.run.run_id}"]
    lines += [_item_line(item) for item in plan.items] or ["  the run made nothing"]
    lines.append(_count(len(plan.removals), "object") + " to remove")
    again = f"alarmchain remediate undo {plan.run.run_id}"
    if plan.has(UndoAction.UNSEEN):
        lines.append(f"what is not seen is not touched; when it can be read, undo the run again: {again}")
    if plan.has(UndoAction.LEAVE):
        lines.append(
            f"what is left can be removed by hand, or, where it is only in use, by undoing again later: {again}"
        )
    return _lines(lines)


def _item_line(item: UndoItem) -> str:
    words = {
        UndoAction.REMOVE: "remove",
        UndoAction.LEAVE: "leave",
        UndoAction.EXPIRES: "expires",
        UndoAction.GONE: "gone",
        UndoAction.UNSEEN: "not seen",
    }
    why = f": {item.why}" if item.why else ""
    return f"  {words[item.action]:>8}  {item.call.account_id}  {item.call.region}  {call_words(item.call)}{why}"


def call_words(call: JournalledCall) -> str:
    """``alarm NAME``, ``subscription of email x@y to topic T``"""
    if call.kind == "subscription" and call.arguments and "Endpoint" in call.arguments:
        return (
            f"subscription of {call.arguments['Protocol']} {call.arguments['Endpoint']} to topic {_last(call.resource)}"
        )
    if call.kind == "subscription":
        return _subscription(call.step, call.resource)
    return f"{_WORDS.get(call.kind, call.kind)} {_last(call.resource)}"


def _subscription(step_id: str, topic_arn: str) -> str:
    """A subscription by the identity of its endpoint, which the id of its step ends with."""
    return f"subscription {step_id.removeprefix(f'{topic_arn}#')} of topic {_last(topic_arn)}"


def history_text(runs: Sequence[Run]) -> str:
    """One line a run, newest first."""
    if not runs:
        return "no runs yet\n"
    return _lines(map(_run_line, runs))


def _run_line(run: Run) -> str:
    counts = ", ".join(f"{number} {end}" for end, number in run.counts.items()) or "nothing done"
    undo = f" of {run.undoes}" if run.undoes else ""
    undone = f"; see undo {', '.join(run.undone_by)}" if run.undone_by else ""
    damaged = f"; damaged lines: {', '.join(map(str, run.damaged))}" if run.damaged else ""
    accounts = ", ".join(run.accounts) or "no account"
    return f"{run.run_id}  {run.kind}{undo}  {run.state}  {accounts}  {counts}{undone}{damaged}"


def show_text(run: Run) -> str:
    """One run in full."""
    lines = [_run_line(run), f"  started {run.started}, finished {run.finished or 'never'}"]
    lines += [f"  account {account} as {caller or 'nobody'}" for account, caller in run.accounts.items()]
    for call in run.calls:
        end = call.outcome or "unknown: the run broke off during this call"
        message = f": {mask_text(call.message)}" if call.message else ""
        lines.append(f"  {end}  {call.service}:{call.operation}  {call.region}  {call_words(call)}{message}")
    lines += [
        f"  {remark['outcome']}  {remark.get('operation') or ''}  {remark.get('resource') or remark['step']}"
        f"{': ' + mask_text(remark['message']) if remark.get('message') else ''}"
        for remark in run.remarks
    ]
    return _lines(lines)


def _line(text: str) -> str:
    """One line that stays one: a name with a line break in it must not write lines of its own."""
    return printable(text).replace("\n", "\\n")


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{_line(line)}\n" for line in lines)


def _wrapped(text: str, indent: int, style: Style) -> list[str]:
    return wrapped(text, style.width, start=" " * indent, indent=" " * (indent + 3), whole_words=True)


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
