//! PostgreSQL: what is durable. All SQL of Parterre is here.
