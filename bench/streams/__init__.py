"""How fast records become events, beside a stock agent and a bare consumer; what state costs."""
