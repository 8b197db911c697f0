//! The ledger: what there is, and the journal that it is read back from.

use std::collections::BTreeMap;
use std::path::Path;

use integrations_core::payment::{
    Customer, CustomerId, Decline, Dispute, DisputeId, Payment, PaymentId, PaymentMethod,
    PaymentMethodId, Plan, PlanId, Refund, RefundId, Setup, SetupId, Subscription, SubscriptionId,
};
use integrations_core::{ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::Journal;

/// A payment with what only the bank knows of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PaymentRow {
    pub(super) payment: Payment,
    /// The test instrument that pays, and whether the buyer confirmed it when it was saved.
    pub(super) token: Option<String>,
    pub(super) confirmed: bool,
    pub(super) manual: bool,
    pub(super) off_session: bool,
    pub(super) subscription: Option<SubscriptionId>,
    /// A status that a test made the bank report.
    pub(super) reported: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MethodRow {
    pub(super) method: PaymentMethod,
    pub(super) token: String,
    pub(super) confirmed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SetupRow {
    pub(super) setup: Setup,
    pub(super) token: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SubscriptionRow {
    pub(super) subscription: Subscription,
    /// Where the periods are counted from, and how many began: a month after 31 January is 28
    /// February, and a month after that 31 March.
    pub(super) anchor: Timestamp,
    pub(super) periods: i64,
    /// The one-time token that it was started with, where there is no saved method.
    pub(super) token: Option<String>,
    /// Minor units that the next period costs less.
    pub(super) credit: i64,
}

/// What came of a request with an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeyRow {
    pub(super) request: serde_json::Value,
    pub(super) outcome: KeyOutcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum KeyOutcome {
    Made(String),
    Declined(Decline),
}

/// One row set, or taken away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    Payment(PaymentId, Option<Box<PaymentRow>>),
    Refund(RefundId, Option<Box<Refund>>),
    Customer(CustomerId, Option<Box<Customer>>),
    Method(PaymentMethodId, Option<Box<MethodRow>>),
    Setup(SetupId, Option<Box<SetupRow>>),
    Plan(PlanId, Option<Box<Plan>>),
    Subscription(SubscriptionId, Option<Box<SubscriptionRow>>),
    Dispute(DisputeId, Option<Box<Dispute>>),
    Key(String, Option<Box<KeyRow>>),
}

/// Everything that there is. Ids count upwards, so that the order of the ids is that of creation.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) sequence: u64,
    pub(super) payments: BTreeMap<PaymentId, Box<PaymentRow>>,
    pub(super) refunds: BTreeMap<RefundId, Box<Refund>>,
    pub(super) customers: BTreeMap<CustomerId, Box<Customer>>,
    pub(super) methods: BTreeMap<PaymentMethodId, Box<MethodRow>>,
    pub(super) setups: BTreeMap<SetupId, Box<SetupRow>>,
    pub(super) plans: BTreeMap<PlanId, Box<Plan>>,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Box<SubscriptionRow>>,
    pub(super) disputes: BTreeMap<DisputeId, Box<Dispute>>,
    pub(super) keys: BTreeMap<String, Box<KeyRow>>,
}

fn swap<K: Ord, V>(rows: &mut BTreeMap<K, V>, id: K, row: Option<V>) -> Option<V> {
    match row {
        Some(row) => rows.insert(id, row),
        None => rows.remove(&id),
    }
}

impl Ledger {
    /// Makes a change, and answers the one that undoes it.
    fn apply(&mut self, change: Change) -> Change {
        use Change as C;
        match change {
            C::Payment(id, row) => C::Payment(id.clone(), swap(&mut self.payments, id, row)),
            C::Refund(id, row) => C::Refund(id.clone(), swap(&mut self.refunds, id, row)),
            C::Customer(id, row) => C::Customer(id.clone(), swap(&mut self.customers, id, row)),
            C::Method(id, row) => C::Method(id.clone(), swap(&mut self.methods, id, row)),
            C::Setup(id, row) => C::Setup(id.clone(), swap(&mut self.setups, id, row)),
            C::Plan(id, row) => C::Plan(id.clone(), swap(&mut self.plans, id, row)),
            C::Subscription(id, row) => {
                C::Subscription(id.clone(), swap(&mut self.subscriptions, id, row))
            }
            C::Dispute(id, row) => C::Dispute(id.clone(), swap(&mut self.disputes, id, row)),
            C::Key(id, row) => C::Key(id.clone(), swap(&mut self.keys, id, row)),
        }
    }
}

/// The ledger with its journal, if it has one.
#[derive(Debug, Default)]
pub(super) struct Book {
    ledger: Ledger,
    journal: Option<Journal>,
}

/// One operation on the book: all its changes are kept, or none.
#[derive(Debug)]
pub(super) struct Tx<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) now: Timestamp,
    changes: Vec<Change>,
    undo: Vec<Change>,
}

impl Tx<'_> {
    /// Makes a change.
    pub(super) fn put(&mut self, change: Change) {
        self.changes.push(change.clone());
        let undo = self.ledger.apply(change);
        self.undo.push(undo);
    }

    /// The next id with a prefix.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.ledger.sequence += 1;
        format!("{prefix}_{:010}", self.ledger.sequence)
    }
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    sequence: u64,
    changes: Vec<Change>,
}

impl Book {
    /// Opens the book of a folder, and locks it.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let (journal, lines) = Journal::open::<Line>(folder, "ledger.jsonl")?;
        let mut ledger = Ledger::default();
        for line in lines {
            ledger.sequence = line.sequence;
            for change in line.changes {
                ledger.apply(change);
            }
        }
        Ok(Self {
            ledger,
            journal: Some(journal),
        })
    }

    /// Runs an operation. What it changed is kept when it succeeds or ends in a decline, which is
    /// an outcome too; otherwise everything is as before.
    pub(super) fn run<T>(
        &mut self,
        now: Timestamp,
        operation: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let before = self.ledger.sequence;
        let mut tx = Tx {
            ledger: &mut self.ledger,
            now,
            changes: Vec::new(),
            undo: Vec::new(),
        };
        let result = operation(&mut tx);
        let Tx { changes, undo, .. } = tx;
        let keep = match &result {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::Declined,
        };
        let kept = match (&mut self.journal, keep) {
            (_, false) => Err(None),
            (Some(journal), true) if !changes.is_empty() => {
                let sequence = self.ledger.sequence;
                journal.append(&Line { sequence, changes }).map_err(Some)
            }
            _ => Ok(()),
        };
        match kept {
            Ok(()) => result,
            Err(failed) => {
                for change in undo.into_iter().rev() {
                    self.ledger.apply(change);
                }
                self.ledger.sequence = before;
                match failed {
                    Some(error) => Err(error),
                    None => result,
                }
            }
        }
    }
}
