//! Values for `{{name}}` places.

use integrations_core::ErrorKind;

use super::Harness;
use super::harness::plain;
use crate::{Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn places_are_filled(h: Harness) -> Verdict {
    let to = h.address("filled");
    let message = h
        .message("Order {{order}}")
        .with_to(to.clone())
        .with_text("Dear {{name}}, order {{order}}")
        .with_html("<p>Dear {{name}}</p>")
        .with_merge("name", "Ana")
        .with_merge("order", 1042);
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.subject.as_deref(), Some("Order 1042"), "the subject");
    let text = plain(mail.text.as_deref());
    ensure_eq!(text, "Dear Ana, order 1042", "the text");
    let html = plain(mail.html.as_deref());
    ensure!(html.contains("<p>Dear Ana</p>"), "the HTML is {html:?}");
    Ok(())
}

pub(super) async fn values_are_escaped_in_html_only(h: Harness) -> Verdict {
    let to = h.address("escaped");
    let message = h
        .message("From {{name}}")
        .with_to(to.clone())
        .with_text("{{name}}")
        .with_html("<p>{{name}}</p>")
        .with_merge("name", "<script>alert(1)</script> & \"co\"");
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    let value = "<script>alert(1)</script> & \"co\"";
    ensure_eq!(plain(mail.text.as_deref()), value, "the text");
    ensure_eq!(mail.subject, Some(format!("From {value}")), "the subject");
    let html = plain(mail.html.as_deref());
    ensure!(
        !html.contains("<script>") && html.contains("&lt;script&gt;"),
        "the HTML is {html:?}"
    );
    Ok(())
}

pub(super) async fn a_missing_value_sends_nothing(h: Harness) -> Verdict {
    let to = h.address("missing");
    let message = h.message("Hello").with_to(to.clone());
    let message = message
        .with_text("Dear {{name}} {{surname}}")
        .with_merge("name", "Ana");
    let sent = h.mailer.send(&message).await;
    ensure_kind!(sent, InvalidInput, "a place without a value");
    ensure_eq!(h.arrived(&to).await?, 0, "the mails that arrived");
    Ok(())
}

pub(super) async fn a_value_cannot_become_a_header(h: Harness) -> Verdict {
    let (to, victim) = (h.address("header"), h.address("victim"));
    let message = h
        .message("Hello {{name}}")
        .with_to(to.clone())
        .with_merge("name", format!("Ana\r\nBcc: {victim}\r\nX-Evil: 1"));
    match h.mailer.send(&message).await {
        Err(error) => ensure_eq!(error.kind(), ErrorKind::InvalidInput, "the refusal"),
        Ok(_) => {
            let mail = h.only(&to).await?;
            ensure_eq!(
                mail.header("X-Evil"),
                None,
                "the header that was slipped in"
            );
        }
    }
    ensure_eq!(h.arrived(&victim).await?, 0, "the mails to the victim");
    Ok(())
}
