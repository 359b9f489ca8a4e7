"""The chain from a trail to a person, judged over facts. Pure.

``walk`` follows the hops and says what it needs to know, ``together`` joins chains that count together, ``assemble``
makes the finding. ``hops/`` is the chain at a glance, one file a hop; ``aws_rules/`` is how AWS decides; in ``reasons``
is every code that a verdict can have.
"""
