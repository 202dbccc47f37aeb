"""`tocsin backtest`: the past of series from files or a topic, judged as a worker would have."""
