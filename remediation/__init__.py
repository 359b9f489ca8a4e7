"""Repairs: plan, approve, apply, verify, undo. Adds only; everything done is journalled and can be taken back.

The typed Python API is ``remediation.run``::

    from remediation.run import RepairOrder, apply, plan, undo

    made = plan(RepairOrder())           # what ``alarmchain remediate`` shows; reads only
"""
