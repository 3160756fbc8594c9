"""Student code in a sandbox: only JSON and raw arrays come out, and no limit can be passed."""
