//! The groups of the provider in which one thing is wrong.

use async_trait::async_trait;
use integrations_core::email::*;
use integrations_core::{Error, Page, PageRequest, Result};

use super::{Fault, Faulty};

#[async_trait]
impl TemplateStore for Faulty {
    async fn list_templates(&self, page: &PageRequest) -> Result<Page<Template>> {
        Ok(self.page(self.local.list_templates(page).await?, page))
    }
    async fn get_template(&self, id: &TemplateId) -> Result<Template> {
        let mut template = self.local.get_template(id).await?;
        if self.has(Fault::ShoutsNames) {
            template.name = template.name.to_uppercase();
        }
        Ok(template)
    }
    async fn create_template(&self, new: &NewTemplate) -> Result<Template> {
        let mut new = new.clone();
        if self.has(Fault::MakesAgainForAKey) {
            new.idempotency_key = None;
        }
        self.local.create_template(&new).await
    }
    async fn update_template(&self, id: &TemplateId, patch: &TemplatePatch) -> Result<Template> {
        let mut patch = patch.clone();
        if self.has(Fault::WipesOnUpdate) {
            patch.content.get_or_insert_default();
        }
        if self.has(Fault::IgnoresChanges) {
            return self.local.get_template(id).await;
        }
        self.local.update_template(id, &patch).await
    }
    async fn delete_template(&self, id: &TemplateId) -> Result<()> {
        if self.has(Fault::KeepsDeletedTemplates) {
            return Ok(());
        }
        if self.has(Fault::FailsWhenItIsGone) {
            self.local.get_template(id).await?;
        }
        self.local.delete_template(id).await
    }
    async fn list_template_versions(
        &self,
        id: &TemplateId,
        page: &PageRequest,
    ) -> Result<Page<TemplateVersion>> {
        self.local.list_template_versions(id, page).await
    }
    async fn create_template_version(
        &self,
        id: &TemplateId,
        new: &NewTemplateVersion,
    ) -> Result<TemplateVersion> {
        let mut new = new.clone();
        new.activate |= self.has(Fault::ActivatesNewVersions);
        let mut made = self.local.create_template_version(id, &new).await?;
        made.active &= !self.has(Fault::ActivatesNewVersions);
        Ok(made)
    }
    async fn activate_template_version(
        &self,
        id: &TemplateId,
        version: &TemplateVersionId,
    ) -> Result<TemplateVersion> {
        self.local.activate_template_version(id, version).await
    }
    async fn render_template(
        &self,
        template: &TemplateRef,
        data: &MergeData,
    ) -> Result<RenderedTemplate> {
        let mut seen = self.local.render_template(template, data).await?;
        if self.has(Fault::PreviewsWithoutFilling) {
            seen.subject = "Hello {{name}}".into();
        }
        Ok(seen)
    }
}

#[async_trait]
impl SuppressionStore for Faulty {
    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        page: &PageRequest,
    ) -> Result<Page<Suppression>> {
        let mut query = query.clone();
        match self.fault {
            Fault::IgnoresTheQueryOfSuppressions => query = SuppressionQuery::default(),
            Fault::IgnoresTheGroupOfAQuery => query.group = None,
            _ => {}
        }
        Ok(self.page(self.local.list_suppressions(&query, page).await?, page))
    }
    async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>> {
        let mut entries = self.local.get_suppressions(address).await?;
        if self.has(Fault::ComparesAddressesByCase) {
            entries.retain(|entry| entry.address == *address);
        }
        Ok(entries)
    }
    async fn add_suppression(&self, suppression: &Suppression) -> Result<()> {
        let mut entry = suppression.clone();
        if self.has(Fault::UnsubscribesFromEverything) {
            entry.group = None;
        }
        if self.has(Fault::AddsNobody) {
            return Ok(());
        }
        self.local.add_suppression(&entry).await
    }
    async fn remove_suppression(
        &self,
        address: &EmailAddress,
        list: &SuppressionList,
    ) -> Result<()> {
        let mut list = list.clone();
        if self.has(Fault::TakesNobodyOff) {
            return Ok(());
        }
        if self.has(Fault::FailsWhenItIsGone)
            && self.local.get_suppressions(address).await?.is_empty()
        {
            return Err(Error::not_found("the entry"));
        }
        if self.has(Fault::TakesOffEveryGroup) {
            for entry in self.local.get_suppressions(address).await? {
                list.group = entry.group;
                self.local.remove_suppression(address, &list).await?;
            }
        }
        self.local.remove_suppression(address, &list).await
    }
}

#[async_trait]
impl EmailAnalytics for Faulty {
    async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>> {
        let mut query = query.clone();
        if self.has(Fault::CountsEverythingUnderEveryTag) {
            query.tag = None;
        }
        if self.has(Fault::CountsNothing) {
            return Ok(Vec::new());
        }
        if self.has(Fault::CountsAllTimes) {
            query.range.start = jiff::Timestamp::UNIX_EPOCH;
        }
        self.local.stats(&query).await
    }
    async fn list_events(
        &self,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<EmailEvent>> {
        let mut query = query.clone();
        if self.has(Fault::IgnoresTheQueryOfEvents) {
            query = EventQuery::default();
        }
        if self.has(Fault::RecordsNoEvents) {
            return Ok(Page::last(Vec::new()));
        }
        Ok(self.page(self.local.list_events(&query, page).await?, page))
    }
}

#[async_trait]
impl AddressValidator for Faulty {
    async fn validate_address(&self, address: &str) -> Result<AddressReport> {
        if self.has(Fault::FailsOnBadAddresses) {
            EmailAddress::new(address)?;
        }
        if self.has(Fault::JudgesEverythingInvalid) {
            let report = AddressReport::new(address, AddressVerdict::Invalid);
            return Ok(report.with_reason(AddressReason::Mailbox));
        }
        self.local.validate_address(address).await
    }
    async fn validate_addresses(&self, addresses: &[String]) -> Result<Vec<AddressReport>> {
        if self.has(Fault::FailsOnBadAddresses) {
            for address in addresses {
                EmailAddress::new(address.as_str())?;
            }
        }
        let mut reports = self.local.validate_addresses(addresses).await?;
        if self.has(Fault::JudgesInReverse) {
            reports.reverse();
        }
        Ok(reports)
    }
}

#[async_trait]
impl InboundRoutes for Faulty {
    async fn list_routes(&self, page: &PageRequest) -> Result<Page<InboundRoute>> {
        Ok(self.page(self.local.list_routes(page).await?, page))
    }
    async fn get_route(&self, id: &RouteId) -> Result<InboundRoute> {
        self.local.get_route(id).await
    }
    async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute> {
        let mut new = new.clone();
        if self.has(Fault::KeepsOnlyTheFirstAction) {
            new.actions.truncate(1);
        }
        match self.fault {
            Fault::MakesAgainForAKey => new.idempotency_key = None,
            Fault::DropsDescriptions => new.description = None,
            Fault::DropsLast if new.actions == [RouteAction::Drop] => new.priority = 1000,
            Fault::StoresInsteadOfForwarding => new.actions = vec![RouteAction::Store],
            _ => {}
        }
        self.local.create_route(&new).await
    }
    async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute> {
        if self.has(Fault::IgnoresChanges) {
            return self.local.get_route(id).await;
        }
        self.local.update_route(id, route).await
    }
    async fn delete_route(&self, id: &RouteId) -> Result<()> {
        if self.has(Fault::FailsWhenItIsGone) {
            self.local.get_route(id).await?;
        }
        self.local.delete_route(id).await
    }
    async fn match_address(&self, address: &EmailAddress) -> Result<Option<InboundRoute>> {
        if self.has(Fault::TriesRoutesAsTheyWereMade) {
            let all = self.local.list_routes(&PageRequest::default()).await?.items;
            let mut takes: Vec<_> = all
                .into_iter()
                .filter(|r| r.matches.takes(address))
                .collect();
            takes.sort_by(|a, b| a.id.cmp(&b.id));
            return Ok(takes.into_iter().next());
        }
        self.local.match_address(address).await
    }
}

#[async_trait]
impl AbTestProvider for Faulty {
    async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo> {
        self.local.create_ab_test(test).await
    }
    async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo> {
        let mut info = self.local.get_ab_test(id).await?;
        if self.has(Fault::ForgetsWeights) {
            info.arms.iter_mut().for_each(|(_, weight)| *weight = 0);
        }
        Ok(info)
    }
    async fn list_ab_tests(&self, page: &PageRequest) -> Result<Page<AbTestInfo>> {
        Ok(self.page(self.local.list_ab_tests(page).await?, page))
    }
    async fn send_ab_test(
        &self,
        id: &AbTestId,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<AbSend> {
        let options = self.options(options);
        self.leave().send_ab_test(id, recipients, &options).await
    }
    async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport> {
        let mut report = self.local.ab_test_results(id).await?;
        if self.has(Fault::CountsNoTest) {
            report.arms.iter_mut().for_each(|arm| arm.counts.clear());
        }
        Ok(report)
    }
    async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo> {
        if self.has(Fault::IgnoresTheWinner) {
            let mut info = self.local.get_ab_test(id).await?;
            info.winner = Some(arm.to_owned());
            return Ok(info);
        }
        self.local.choose_ab_winner(id, arm).await
    }
}
