//! Disputes in the ledger.

use async_trait::async_trait;
use integrations_core::payment::{
    AcceptDispute, Dispute, DisputeFilter, DisputeId, DisputeProvider, DisputeReason,
    DisputeStatus, PaymentId, SubmitEvidence,
};
use integrations_core::{Error, Page, PageRequest, Result};
use jiff::SignedDuration;

use super::LocalPayments;
use super::bank::{self, conflict, keyed};
use super::ledger::{Change, Tx};
use super::provider::PAGE;

fn find(tx: &Tx<'_>, id: &DisputeId) -> Result<Box<Dispute>> {
    tx.ledger
        .disputes
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the dispute {id}")))
}

fn undecided(tx: &Tx<'_>, id: &DisputeId) -> Result<Box<Dispute>> {
    let dispute = find(tx, id)?;
    if dispute.status.is_decided() {
        let status = &dispute.status;
        return Err(conflict(format!("the dispute {id} is decided: {status}")));
    }
    Ok(dispute)
}

fn keep(tx: &mut Tx<'_>, dispute: Box<Dispute>) {
    tx.put(Change::Dispute(dispute.id.clone(), Some(dispute)));
}

/// Whether a dispute holds a payment's money: open, or decided for the buyer.
pub(super) fn is_held(tx: &Tx<'_>, payment: &PaymentId) -> bool {
    tx.ledger.disputes.values().any(|dispute| {
        dispute.payment.as_ref() == Some(payment) && dispute.status != DisputeStatus::Won
    })
}

pub(super) fn open(
    tx: &mut Tx<'_>,
    payment: &PaymentId,
    reason: DisputeReason,
) -> Result<DisputeId> {
    let row = bank::payment(tx, payment)?;
    if row.payment.captured.is_zero() {
        return Err(conflict(format!(
            "nothing was taken by the payment {payment}"
        )));
    }
    let id = DisputeId::new(tx.id("dis"));
    let mut dispute = Dispute::new(
        id.clone(),
        row.payment.captured,
        reason,
        DisputeStatus::NeedsResponse,
    );
    dispute.payment = Some(payment.clone());
    dispute.capture = row.payment.captures.first().map(|c| c.id.clone());
    dispute.respond_by = tx.now.checked_add(SignedDuration::from_hours(7 * 24)).ok();
    dispute.created_at = Some(tx.now);
    keep(tx, Box::new(dispute));
    Ok(id)
}

pub(super) fn decide(tx: &mut Tx<'_>, id: &DisputeId, merchant_wins: bool) -> Result<()> {
    let mut dispute = undecided(tx, id)?;
    dispute.status = if merchant_wins {
        DisputeStatus::Won
    } else {
        DisputeStatus::Lost
    };
    keep(tx, dispute);
    Ok(())
}

fn read(tx: &mut Tx<'_>, id: &str) -> Result<Dispute> {
    find(tx, &DisputeId::new(id)).map(|dispute| *dispute)
}

#[async_trait]
impl DisputeProvider for LocalPayments {
    async fn list(&self, filter: &DisputeFilter, page: &PageRequest) -> Result<Page<Dispute>> {
        let (filter, page) = (filter.clone(), page.clone());
        self.run(move |tx| {
            let all = tx
                .ledger
                .disputes
                .values()
                .filter(|dispute| filter.payment.is_none() || dispute.payment == filter.payment)
                .map(|dispute| (**dispute).clone())
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn get(&self, id: &DisputeId) -> Result<Dispute> {
        let id = id.clone();
        self.run(move |tx| find(tx, &id).map(|dispute| *dispute))
            .await
    }

    async fn accept(&self, request: &AcceptDispute) -> Result<Dispute> {
        self.capabilities.check_accept(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let accept = |tx: &mut Tx<'_>| {
                let mut dispute = undecided(tx, &request.dispute)?;
                dispute.status = DisputeStatus::Accepted;
                keep(tx, dispute);
                Ok(request.dispute.to_string())
            };
            keyed(tx, "accept_dispute", &request.key, &request, accept, read)
        };
        self.run(act).await
    }

    async fn submit_evidence(&self, request: &SubmitEvidence) -> Result<Dispute> {
        self.capabilities.check_evidence(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let submit = |tx: &mut Tx<'_>| {
                let mut dispute = undecided(tx, &request.dispute)?;
                if dispute.evidence_submitted {
                    return Err(conflict("evidence was handed in already"));
                }
                dispute.evidence_submitted = true;
                dispute.status = DisputeStatus::UnderReview;
                dispute.raw = serde_json::json!({
                    "evidence": {
                        "statement": request.statement,
                        "tracking": request.tracking,
                        "fields": request.fields,
                    }
                })
                .into();
                keep(tx, dispute);
                Ok(request.dispute.to_string())
            };
            keyed(tx, "submit_evidence", &request.key, &request, submit, read)
        };
        self.run(act).await
    }
}
