"""Everything that talks to AWS, and the only room that imports boto3 or botocore (the demo apart).

``sessions``: a session and clients by connection, for reading and for writing. ``access``: the credentials that belong
to an account. ``credentials``: the one place that gets them, with ``credential_process`` bounded and ``profiles`` read.
``call``: one call or the pages of one, and ``CallFailed``, the one error. ``error_messages``: its translation into a
kind (``kinds``) and a sentence. ``policy``: time-outs and retries. ``operations``: which operations are called and
which IAM actions they need. ``partitions``: regions.
"""
