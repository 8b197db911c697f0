//! The state that the calls of a guard share: of the integration as a whole, and of each connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

use crate::integration::Circuit;

use super::breaker::ClassBreaker;
use super::budget::Budget;
use super::config::GuardConfig;
use super::limiter::Limiter;
use super::meters::Meters;
use super::random::Random;
use super::status::Board;
use super::telemetry::Spans;

/// What all connections of an integration share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) config: GuardConfig,
    pub(super) budget: Budget,
    /// The rate of all connections together.
    pub(super) limiter: Option<Limiter>,
    pub(super) random: Random,
    pub(super) spans: Spans,
    pub(super) meters: Meters,
    pub(super) board: Board,
    breakers: Breakers,
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    by_name: HashMap<Arc<str>, Arc<Connection>>,
    /// At this many, those that are as good as new are let go.
    sweep_at: usize,
}

/// The breakers by class: a list that only grows, so that it is read without a lock and what it
/// holds is borrowed. There are as many as a provider has classes, one for most.
#[derive(Debug, Default)]
struct Breakers(OnceLock<Box<Node>>);

#[derive(Debug)]
struct Node {
    class: &'static str,
    breaker: ClassBreaker,
    next: Breakers,
}

impl Breakers {
    fn of(&self, class: &'static str, make: impl Fn() -> ClassBreaker) -> &ClassBreaker {
        let mut at = self;
        loop {
            // Whoever comes second finds the class of the first here, and goes on.
            let node = at.0.get_or_init(|| {
                Box::new(Node {
                    class,
                    breaker: make(),
                    next: Self::default(),
                })
            });
            if node.class == class {
                return &node.breaker;
            }
            at = &node.next;
        }
    }

    fn iter(&self) -> impl Iterator<Item = &ClassBreaker> {
        let nodes = std::iter::successors(self.0.get(), |node| node.next.0.get());
        nodes.map(|node| &node.breaker)
    }
}

/// What one account has of its own.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) name: Arc<str>,
    pub(super) limiter: Limiter,
    pub(super) board: Board,
}

impl Shared {
    pub(super) fn new(name: String, target: &str, config: GuardConfig) -> Self {
        let name: Arc<str> = name.into();
        Self {
            budget: Budget::new(config.budget),
            // Callers wait in the queue of their connection; behind it the order is kept.
            limiter: config
                .shared_rate
                .map(|rate| Limiter::new(Some(rate), u32::MAX)),
            random: Random::new(config.seed),
            spans: Spans::of(target),
            meters: Meters::new(name.clone()),
            board: Board::default(),
            breakers: Breakers::default(),
            connections: Mutex::new(Connections::default()),
            name,
            config,
        }
    }

    pub(super) fn new_connection(&self, name: &str) -> Arc<Connection> {
        Arc::new(Connection {
            name: name.into(),
            limiter: Limiter::new(self.config.rate, self.config.max_queue),
            board: Board::default(),
        })
    }

    /// The connection of that name, the same for all who ask.
    pub(super) fn connection(&self, name: &str) -> Arc<Connection> {
        let mut held = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = held.by_name.get(name) {
            return connection.clone();
        }
        if held.by_name.len() >= held.sweep_at {
            let now = Instant::now();
            held.by_name.retain(|_, connection| {
                Arc::strong_count(connection) > 1 || !connection.limiter.is_idle(now)
            });
            held.sweep_at = (held.by_name.len() * 2).max(64);
        }
        let connection = self.new_connection(name);
        held.by_name
            .insert(connection.name.clone(), connection.clone());
        connection
    }

    #[cfg(test)]
    pub(super) fn connections(&self) -> usize {
        self.connections.lock().unwrap().by_name.len()
    }

    /// The breaker of a class of endpoints. `None` when the policy has none.
    pub(super) fn breaker(&self, class: &'static str) -> Option<&ClassBreaker> {
        let config = self.config.breaker?;
        Some(self.breakers.of(class, || ClassBreaker::new(config)))
    }

    /// The worst circuit of all classes.
    pub(super) fn circuit(&self) -> Circuit {
        let now = Instant::now();
        self.breakers
            .iter()
            .map(|breaker| breaker.circuit(now))
            .max_by_key(|circuit| match circuit {
                Circuit::Closed => 0,
                Circuit::HalfOpen => 1,
                Circuit::Open => 2,
            })
            .unwrap_or_default()
    }
}
