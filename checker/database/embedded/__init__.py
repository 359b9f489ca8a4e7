"""The embedded database: a private Postgres with Steampipe's tables, filled through boto3 when a query asks.

``database.EmbeddedDatabase`` is the way in. Behind it: ``server`` (with ``binaries``, ``folders``, ``template`` and
the separate process ``keeper``) runs Postgres, ``schema`` knows the tables, ``store`` writes rows into them, and
``collector`` asks AWS for the rows that the parameters of a query name.
"""
