"""Outages of up to two seconds, in every way that a network can fail."""

from chaos import pass_time

OUTAGE_S_MAX = 2.0
CALM_S_MAX = 0.5
WAYS = ("cut", "reset", "stall", "swallow", "delay", "drip")


def outage(proxy, chance, way):
    """One of the WAYS, on some or all connections, and then the network is well again."""
    lasts_s = chance.uniform(0, OUTAGE_S_MAX)
    share = f"{chance.choice((30, 60, 100))}%"
    if way in ("cut", "reset"):
        proxy.refuse()
        proxy.put(way, share)
    elif way == "delay":
        proxy.put(way, share, "both", 200)
    elif way == "drip":
        proxy.put(way, share, "both", 2)
    else:
        proxy.put(way, share, chance.choice(("up", "down", "both")))
    pass_time(lasts_s)
    proxy.heal()
    pass_time(chance.uniform(0, CALM_S_MAX))
