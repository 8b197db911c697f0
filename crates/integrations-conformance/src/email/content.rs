//! What is sent arrives.

use std::time::Duration;

use integrations_core::email::{Attachment, Envelope, ReceivedMessage, SendOptions, Unsubscribe};
use url::Url;

use super::Harness;
use super::harness::plain;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn the_text_arrives(h: Harness) -> Verdict {
    let to = h.address("text");
    h.send(&h.message("Plain").with_to(to.clone())).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.subject.as_deref(), Some("Plain"), "the subject");
    ensure_eq!(plain(mail.text.as_deref()), "Hello", "the text");
    ensure_eq!(mail.html, None, "the HTML of a message without");
    let from = mail.from.as_ref().map(|from| from.address().normalized());
    let wanted = h.from.address().normalized();
    ensure_eq!(from, Some(wanted), "the sender");
    Ok(())
}

pub(super) async fn text_and_html_arrive(h: Harness) -> Verdict {
    let to = h.address("html");
    let message = h.message("Both").with_to(to.clone());
    h.send(&message.with_html("<p>Hello <b>there</b></p>"))
        .await?;
    let mail = h.only(&to).await?;
    ensure_eq!(plain(mail.text.as_deref()), "Hello", "the text");
    let html = plain(mail.html.as_deref());
    ensure!(
        html.contains("<p>Hello <b>there</b></p>"),
        "the HTML is {html:?}"
    );
    Ok(())
}

pub(super) async fn other_alphabets_arrive(h: Harness) -> Verdict {
    let (to, text) = (h.address("unicode"), "Grüße, Ζωή — здравствуйте 東京 𝄞");
    let long = "日本語の件名 ".repeat(20);
    let subject = format!("Żółć {long}");
    let mailbox = integrations_core::email::Mailbox::new(to.clone()).with_name("Zoë, 東京")?;
    let message = h.message(subject.trim()).with_to(mailbox).with_text(text);
    h.send(&message.with_html(format!("<p>{text}</p>"))).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.subject.as_deref(), Some(subject.trim()), "the subject");
    ensure_eq!(plain(mail.text.as_deref()), text, "the text");
    ensure!(
        plain(mail.html.as_deref()).contains(text),
        "the HTML is {:?}",
        mail.html
    );
    let name = mail.to.first().and_then(|to| to.name());
    ensure_eq!(name, Some("Zoë, 東京"), "the recipient's name");
    Ok(())
}

pub(super) async fn awkward_lines_arrive_whole(h: Harness) -> Verdict {
    // Mail cuts lines at 998 bytes and ends at a lone dot, if nobody takes care (RFC 5321, 4.5.2).
    let to = h.address("lines");
    let text = format!(
        "first\n.\n..two dots\nFrom here on\n{}\n= 3D =20 trailing blank \n\nlast",
        "long ".repeat(500)
    );
    h.send(&h.message("Lines").with_to(to.clone()).with_text(&text))
        .await?;
    let mail = h.only(&to).await?;
    ensure_eq!(plain(mail.text.as_deref()), text, "the text");
    Ok(())
}

pub(super) async fn braces_without_values_are_text(h: Harness) -> Verdict {
    let to = h.address("braces");
    let message = h.message("About {{name}}").with_to(to.clone());
    h.send(&message.with_text("Write {{name}} or %name%"))
        .await?;
    let mail = h.only(&to).await?;
    ensure_eq!(
        mail.subject.as_deref(),
        Some("About {{name}}"),
        "the subject"
    );
    ensure_eq!(
        plain(mail.text.as_deref()),
        "Write {{name}} or %name%",
        "the text"
    );
    Ok(())
}

pub(super) async fn a_reply_goes_where_it_should(h: Harness) -> Verdict {
    let (to, reply) = (h.address("reply"), h.address("answers"));
    let message = h.message("Reply").with_to(to.clone());
    h.send(&message.with_reply_to(reply.clone())).await?;
    let mail = h.only(&to).await?;
    let seen: Vec<_> = mail.reply_to.iter().map(|m| m.address().clone()).collect();
    ensure_eq!(seen, [reply], "the reply-to addresses");
    Ok(())
}

pub(super) async fn every_reply_address_arrives(h: Harness) -> Verdict {
    let to = h.address("reply");
    let (one, two) = (h.address("one"), h.address("two"));
    let message = h.message("Reply").with_to(to.clone());
    let message = message
        .with_reply_to(one.clone())
        .with_reply_to(two.clone());
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    let seen: Vec<_> = mail.reply_to.iter().map(|m| m.address().clone()).collect();
    ensure_eq!(seen, [one, two], "the reply-to addresses");
    Ok(())
}

pub(super) async fn headers_arrive_in_order(h: Harness) -> Verdict {
    let (to, long) = (h.address("headers"), "word ".repeat(60));
    let message = h
        .message("Headers")
        .with_to(to.clone())
        .with_header("X-Campaign", "spring")
        .with_header("X-Repeated", "first")
        .with_header("X-Repeated", "second")
        .with_header("X-Letters", "Überraschung für Ζωή")
        .with_header("X-Long", long.trim());
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    for (name, value) in &message.headers {
        let of = mail
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let seen: Vec<&str> = of.map(|(_, value)| value.as_str()).collect();
        ensure!(
            seen.contains(&value.as_str()),
            "the header {name}: saw {seen:?}, expected {value:?}"
        );
    }
    let of = mail.headers.iter().filter(|(n, _)| n == "X-Repeated");
    let seen: Vec<&str> = of.map(|(_, value)| value.as_str()).collect();
    ensure_eq!(seen, ["first", "second"], "the repeated header");
    Ok(())
}

fn holds(mail: &ReceivedMessage, file: &Attachment) -> Verdict {
    let Some(seen) = mail.attachment(&file.file_name) else {
        let names: Vec<_> = mail.attachments.iter().map(|a| &a.file_name).collect();
        return Err(Failure::new(format!(
            "the file {:?} is missing among {names:?}",
            file.file_name
        )));
    };
    let name = &file.file_name;
    ensure!(
        seen.content == file.content,
        "{name:?} arrived with other bytes: {} instead of {}",
        seen.content.len(),
        file.content.len()
    );
    let kind = |a: &Attachment| {
        let kind = a.content_type.split(';').next().unwrap_or_default();
        kind.trim().to_lowercase()
    };
    ensure_eq!(kind(seen), kind(file), "the content type of {name:?}");
    Ok(())
}

pub(super) async fn files_arrive_byte_for_byte(h: Harness) -> Verdict {
    let to = h.address("files");
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let files = [
        Attachment::new("data.bin", "application/octet-stream", every_byte),
        // Line ends of both kinds, which a mail system would like to make one.
        Attachment::new("lines.txt", "text/plain", &b"a\nb\r\nc\rd\n.\n\n"[..]),
        Attachment::new(
            "Übersicht 2026 東京.pdf",
            "application/pdf",
            &b"%PDF-1.7"[..],
        ),
        Attachment::new("page.html", "text/html", &b"<p>not the body</p>"[..]),
    ];
    let message = h.message("Files").with_to(to.clone());
    let message = message.with_html("<p>the body</p>");
    let message = files
        .iter()
        .cloned()
        .fold(message, |m, f| m.with_attachment(f));
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    files.iter().try_for_each(|file| holds(&mail, file))?;
    ensure_eq!(mail.attachments.len(), files.len(), "the number of files");
    ensure_eq!(plain(mail.text.as_deref()), "Hello", "the text");
    ensure!(
        plain(mail.html.as_deref()).contains("the body"),
        "the HTML is {:?}",
        mail.html
    );
    Ok(())
}

pub(super) async fn inline_images_keep_their_content_id(h: Harness) -> Verdict {
    let to = h.address("inline");
    let images = [
        Attachment::inline(
            "logo.png",
            "image/png",
            &b"\x89PNG\r\n\x1a\n1"[..],
            "logo@shop",
        ),
        Attachment::inline("foot.png", "image/png", &b"\x89PNG\r\n\x1a\n2"[..], "foot"),
    ];
    let html = r#"<img src="cid:logo@shop"><img src="cid:foot">"#;
    let message = h.message("Inline").with_to(to.clone()).with_html(html);
    let message = images
        .iter()
        .cloned()
        .fold(message, |m, i| m.with_attachment(i));
    h.send(&message).await?;
    let mail = h.only(&to).await?;
    for image in &images {
        holds(&mail, image)?;
        let seen = mail.attachment(&image.file_name);
        let id = seen.and_then(Attachment::content_id);
        ensure_eq!(
            id,
            image.content_id(),
            "the content id of {:?}",
            image.file_name
        );
    }
    ensure!(
        plain(mail.html.as_deref()).contains("cid:logo@shop"),
        "the HTML is {:?}",
        mail.html
    );
    Ok(())
}

pub(super) async fn images_and_files_go_together(h: Harness) -> Verdict {
    let to = h.address("mixed");
    let image = Attachment::inline("logo.png", "image/png", &b"\x89PNG"[..], "logo");
    let file = Attachment::new("invoice.pdf", "application/pdf", &b"%PDF"[..]);
    let message = h.message("Mixed").with_to(to.clone());
    let message = message.with_html(r#"<img src="cid:logo">"#);
    let message = message.with_attachment(image.clone());
    h.send(&message.with_attachment(file.clone())).await?;
    let mail = h.only(&to).await?;
    holds(&mail, &image)?;
    holds(&mail, &file)?;
    let id = mail
        .attachment("invoice.pdf")
        .and_then(Attachment::content_id);
    ensure_eq!(id, None, "the content id of a file");
    Ok(())
}

pub(super) async fn the_amp_part_arrives(h: Harness) -> Verdict {
    let to = h.address("amp");
    let amp = "<!doctype html><html amp4email><body>Hello AMP</body></html>";
    let message = h.message("AMP").with_to(to.clone());
    h.send(&message.with_html("<p>Hello</p>").with_amp(amp))
        .await?;
    let mail = h.only(&to).await?;
    let source = String::from_utf8_lossy(&mail.source).to_lowercase();
    ensure!(
        source.contains("text/x-amp-html"),
        "the mail has no part of type text/x-amp-html"
    );
    ensure_eq!(plain(mail.html.as_deref()), "<p>Hello</p>", "the HTML");
    Ok(())
}

pub(super) async fn one_click_unsubscribe_is_in_the_headers(h: Harness) -> Verdict {
    let to = h.address("unsubscribe");
    let url = format!("https://example.org/unsubscribe?u={}", "x".repeat(120));
    let url = Url::parse(&url).map_err(|error| Failure::new(error.to_string()))?;
    let way = Unsubscribe::one_click(url.clone());
    h.send(&h.message("News").with_to(to.clone()).with_unsubscribe(way))
        .await?;
    let mail = h.only(&to).await?;
    let list = mail.header("List-Unsubscribe").unwrap_or_default();
    ensure!(
        list.contains(&format!("<{url}>")),
        "List-Unsubscribe is {list:?}"
    );
    let post = mail.header("List-Unsubscribe-Post").unwrap_or_default();
    ensure_eq!(post, "List-Unsubscribe=One-Click", "List-Unsubscribe-Post");
    Ok(())
}

pub(super) async fn the_return_path_is_as_asked(h: Harness) -> Verdict {
    let (to, path) = (h.address("path"), h.address("bounces"));
    let message = h.message("Path").with_to(to.clone());
    h.send(&message.with_envelope_sender(path.clone())).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.envelope_sender, Some(path), "the return path");
    let from = mail.from.as_ref().map(|from| from.address().normalized());
    ensure_eq!(
        from,
        Some(h.from.address().normalized()),
        "the sender that is shown"
    );
    Ok(())
}

pub(super) async fn an_encoded_message_arrives_as_it_is(h: Harness) -> Verdict {
    let (to, hidden) = (h.address("raw"), h.address("hidden"));
    let from = h.from.address();
    let mime = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Own: kept\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nZo=C3=AB\r\n"
    );
    let envelope = Envelope::new(from.clone(), vec![to.clone(), hidden.clone()]);
    let sent = h.mailer.send_raw(&envelope, mime, SendOptions::default());
    let report = sent.await?;
    let who: Vec<_> = report
        .recipients
        .iter()
        .map(|r| r.address.clone())
        .collect();
    ensure_eq!(who, envelope.to, "the recipients of the report");
    for to in [&to, &hidden] {
        let mail = h.only(to).await?;
        ensure_eq!(mail.subject.as_deref(), Some("Grüße"), "the subject");
        ensure_eq!(plain(mail.text.as_deref()), "Zoë", "the text");
        ensure_eq!(mail.header("X-Own"), Some("kept"), "a header");
    }
    Ok(())
}

pub(super) async fn an_encoded_bcc_header_is_refused(h: Harness) -> Verdict {
    let (to, hidden) = (h.address("raw"), h.address("hidden"));
    let from = h.from.address();
    let envelope = Envelope::new(from.clone(), vec![to.clone(), hidden.clone()]);
    let mime = format!("From: {from}\r\nTo: {to}\r\nBcc: {hidden}\r\n\r\nHello\r\n");
    let sent = h.mailer.send_raw(&envelope, mime, SendOptions::default());
    ensure_kind!(
        sent.await,
        InvalidInput,
        "a Bcc header that everybody would see"
    );
    Ok(())
}

pub(super) async fn a_message_is_there_soon_with_its_date(h: Harness) -> Verdict {
    let to = h.address("date");
    let before = jiff::Timestamp::now();
    h.send(&h.message("Date").with_to(to.clone())).await?;
    let mail = h.only(&to).await?;
    let date = mail.header("Date").unwrap_or_default();
    let seen = jiff::fmt::rfc2822::parse(date)
        .map_err(|error| Failure::new(format!("the date {date:?} is none: {error}")))?;
    let off = before.duration_since(seen.timestamp()).unsigned_abs();
    ensure!(
        off < Duration::from_secs(24 * 3600),
        "the date is {date:?}, {off:?} away"
    );
    let id = mail.header("Message-ID").unwrap_or_default();
    ensure!(
        id.starts_with('<') && id.ends_with('>') && id.contains('@'),
        "the Message-ID is {id:?}"
    );
    Ok(())
}
