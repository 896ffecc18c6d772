//! Payments, spoken to Stripe. All Stripe types of Parterre are here.
