//! Disputes.

use integrations_core::payment::{
    AcceptDispute, Dispute, DisputeFilter, DisputeStatus, Payment, SubmitEvidence,
};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn disputed(h: &Harness) -> Result<(Payment, Dispute), Failure> {
    let payment = h.paid("pay", 10).await?;
    let Some(open) = &h.open_dispute else {
        return Err(Failure::new("nobody can open a dispute"));
    };
    let id = open(payment.id.clone()).await?;
    let dispute = h.payments.disputes()?.get(&id).await?;
    Ok((payment, dispute))
}

pub(super) async fn a_dispute_is_listed_and_read(h: Harness) -> Verdict {
    let (payment, dispute) = disputed(&h).await?;
    ensure_eq!(dispute.payment, Some(payment.id.clone()), "the payment");
    ensure_eq!(dispute.amount, h.units(10), "the amount");
    ensure_eq!(dispute.status, DisputeStatus::NeedsResponse, "the status");
    let filter = DisputeFilter::new().with_payment(payment.id);
    let listed = h.payments.disputes()?.list(filter).all().await?;
    let listed: Vec<_> = listed.into_iter().map(|dispute| dispute.id).collect();
    ensure_eq!(listed, [dispute.id], "the payment's disputes");
    Ok(())
}

pub(super) async fn a_dispute_can_be_accepted(h: Harness) -> Verdict {
    let (_, dispute) = disputed(&h).await?;
    let disputes = h.payments.disputes()?;
    let request = AcceptDispute::new(h.key("accept")?, dispute.id.clone());
    disputes.accept(request).await?;
    let read = disputes.get(&dispute.id).await?;
    ensure!(read.status.is_decided(), "it is {}", read.status);
    let again = AcceptDispute::new(h.key("again")?, dispute.id);
    ensure_kind!(disputes.accept(again).await, Conflict, "accepting it again");
    Ok(())
}

pub(super) async fn evidence_is_handed_in_once(h: Harness) -> Verdict {
    let (_, dispute) = disputed(&h).await?;
    let disputes = h.payments.disputes()?;
    let evidence = |key| {
        SubmitEvidence::new(key, dispute.id.clone()).with_statement("The parcel was signed for.")
    };
    disputes
        .submit_evidence(evidence(h.key("evidence")?))
        .await?;
    let read = disputes.get(&dispute.id).await?;
    ensure!(read.evidence_submitted, "it has no evidence");
    let again = evidence(h.key("again")?);
    ensure_kind!(
        disputes.submit_evidence(again).await,
        Conflict,
        "handing in more"
    );
    Ok(())
}
