//! Tests of variants.

use std::collections::BTreeMap;

use async_trait::async_trait;
use integrations_core::email::{
    AbArmReport, AbReport, AbSend, AbTest, AbTestId, AbTestInfo, AbTestProvider, AbTestSupport,
    EventKind, MessageId, Recipient, SendOptions, SendReport,
};
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result, unsupported};
use serde_json::json;

use super::book::{Change, TestRow, Tx};
use super::send::{fingerprint, send_each};
use super::{LocalMailer, PAGE};

fn find<'a>(tx: &'a Tx<'_>, id: &AbTestId) -> Result<&'a TestRow> {
    tx.state
        .tests
        .get(id)
        .map(|row| &**row)
        .ok_or_else(|| Error::not_found(format_args!("the test {id}")))
}

fn send(
    tx: &mut Tx<'_>,
    id: &AbTestId,
    recipients: &[Recipient],
    options: &SendOptions,
) -> Result<AbSend> {
    let row = find(tx, id)?.clone();
    let test = row.test;
    let mut shares: BTreeMap<String, Vec<Recipient>> = BTreeMap::new();
    for recipient in recipients {
        let arm = match &row.info.winner {
            Some(winner) => winner,
            None => &test.assign(recipient.mailbox.address())?.name,
        };
        shares
            .entry(arm.clone())
            .or_default()
            .push(recipient.clone());
    }
    let mut reports = BTreeMap::new();
    for arm in &test.arms {
        let Some(share) = shares.get(&arm.name) else {
            continue;
        };
        let message = arm.message.clone().with_tag(test.tag(&arm.name));
        let batch = MessageId::new(tx.id("bat"));
        let results = send_each(tx, &message, share, &batch, options)?;
        reports.insert(arm.name.clone(), SendReport::new(batch, results));
    }
    Ok(AbSend::new(reports))
}

impl LocalMailer {
    fn runs_tests(&self, operation: &'static str) -> Result<()> {
        if self.capabilities.ab_tests == AbTestSupport::Run {
            Ok(())
        } else {
            Err(unsupported(self, operation))
        }
    }
}

#[async_trait]
impl AbTestProvider for LocalMailer {
    async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo> {
        self.runs_tests("create_ab_test")?;
        if test.idempotency_key.is_some() && !self.capabilities.create_idempotency {
            return Err(unsupported(self, "create_idempotency"));
        }
        for arm in &test.arms {
            self.capabilities.check_message(&arm.message)?;
        }
        let test = test.clone();
        self.run(move |tx| {
            let arms = test.arms.iter();
            let arms = arms.map(|arm| json!([arm.name, arm.weight, fingerprint(&arm.message)]));
            let request = json!([test.name, arms.collect::<Vec<_>>()]);
            let key = test.idempotency_key.clone();
            tx.once("test", key.as_ref(), &request, |tx| {
                let mut names = tx.state.tests.values().map(|row| &row.info.name);
                if names.any(|name| *name == test.name) {
                    return Err(Error::new(
                        ErrorKind::AlreadyExists,
                        format!("there is a test {} already", test.name),
                    ));
                }
                let arms = test.arms.iter().map(|arm| (arm.name.clone(), arm.weight));
                let mut info = AbTestInfo::new(tx.id("ab"), test.name.clone(), arms.collect());
                info.created_at = Some(tx.now);
                let row = TestRow {
                    info: info.clone(),
                    test,
                };
                tx.put(Change::Test(info.id.clone(), Some(Box::new(row))));
                Ok(info)
            })
        })
        .await
    }

    async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo> {
        let id = id.clone();
        self.run(move |tx| Ok(find(tx, &id)?.info.clone())).await
    }

    async fn list_ab_tests(&self, page: &PageRequest) -> Result<Page<AbTestInfo>> {
        let page = page.clone();
        self.run(move |tx| {
            let rows = tx.state.tests.values();
            let rows = rows.map(|row| row.info.clone()).collect();
            Page::slice_by(rows, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn send_ab_test(
        &self,
        id: &AbTestId,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<AbSend> {
        self.runs_tests("send_ab_test")?;
        self.capabilities.check_options(options)?;
        for recipient in recipients {
            self.capabilities.check_recipient(recipient)?;
        }
        let (id, recipients, options) = (id.clone(), recipients.to_vec(), options.clone());
        self.run(move |tx| {
            let request = json!([id, recipients, options.send_at]);
            tx.once("ab", options.idempotency_key.as_ref(), &request, |tx| {
                send(tx, &id, &recipients, &options)
            })
        })
        .await
    }

    async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport> {
        let id = id.clone();
        self.run(move |tx| {
            let row = find(tx, &id)?;
            let test = &row.test;
            let arms = test.arms.iter().map(|arm| {
                let tag = test.tag(&arm.name);
                let mut counts: BTreeMap<EventKind, u64> = BTreeMap::new();
                for event in tx.state.events.values() {
                    if event.tags.contains(&tag) {
                        *counts.entry(event.kind.clone()).or_default() += 1;
                    }
                }
                AbArmReport::new(arm.name.clone(), counts)
            });
            let mut report = AbReport::new(test.name.clone(), arms.collect());
            report.winner.clone_from(&row.info.winner);
            Ok(report)
        })
        .await
    }

    async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo> {
        self.runs_tests("choose_ab_winner")?;
        let (id, arm) = (id.clone(), arm.to_owned());
        self.run(move |tx| {
            let mut row = find(tx, &id)?.clone();
            if !row.info.arms.iter().any(|(name, _)| *name == arm) {
                return Err(Error::not_found(format_args!("the arm {arm}")));
            }
            match &row.info.winner {
                Some(winner) if *winner != arm => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!("the arm {winner} was chosen before"),
                    ));
                }
                _ => row.info.winner = Some(arm),
            }
            tx.put(Change::Test(id, Some(Box::new(row.clone()))));
            Ok(row.info)
        })
        .await
    }
}
