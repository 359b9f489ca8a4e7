"""An AWS that runs on this machine: moto behind a call log and fault injection, and fixtures around it."""
