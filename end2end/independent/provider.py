"""Starts localstripe, a fake of Stripe from PyPI that nobody here wrote, and prints its port.

What is changed from outside, and no more:

- It listens on a free port of the loopback, and ends when its standard input does. By itself it would listen on all
  interfaces and outlive whoever started it.
- Its store stays in memory. By itself it writes it to a file in /tmp that all its users would share.
- It refuses parameters that it does not know, with 400. Stripe knows those in LATER and the product needs them, so they
  are taken out before it sees them; what they say is not tested here.
"""

import os
import socket
import sys
import threading

from aiohttp import web
from localstripe import resources, server

LATER = {
    # Redirects off; nobody there to answer the bank; words on the receipt.
    "_api_create": ("automatic_payment_methods", "error_on_requires_action", "description", "receipt_email"),
    # Its list begins with the oldest and has no filter by time.
    "_api_list_all": ("created",),
}


def without(method, names):
    def call(*args, **given):
        return method(*args, **{name: value for name, value in given.items() if name not in names})

    return call


for name, later in LATER.items():
    setattr(resources.PaymentIntent, name, without(getattr(resources.PaymentIntent, name), later))
resources.Store.dump_to_disk = lambda self: None


def end_with_caller():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_caller, daemon=True).start()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
# Who comes before it is ready waits in the line.
listener.listen()
print(listener.getsockname()[1], flush=True)
web.run_app(server.app, sock=listener, print=None)
