"""The chain at a glance: one file a hop, from trail to subscription. Pure."""
