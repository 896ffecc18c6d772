//! A payment sandbox: the part of Stripe's HTTP API that Parterre uses, on a port of its own.
