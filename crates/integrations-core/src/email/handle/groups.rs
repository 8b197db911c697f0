//! The groups of methods that not every provider has.

use futures::{StreamExt, stream};

use super::Mailer;
use crate::call;
use crate::email::{
    AbReport, AbSend, AbTest, AbTestId, AbTestInfo, AbTestProvider, AddressReport, EmailAddress,
    EmailAnalytics, EmailEvent, EventQuery, InboundRoute, InboundRoutes, MergeData, NewRoute,
    NewTemplate, NewTemplateVersion, Recipient, RenderedTemplate, RouteId, RouteMatch, SendOptions,
    StatPoint, StatsQuery, Suppression, SuppressionKind, SuppressionQuery, SuppressionStore,
    Template, TemplateContent, TemplateId, TemplatePatch, TemplateRef, TemplateStore,
    TemplateVersion, TemplateVersionId, check,
};
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

/// A group that is declared and there.
fn group<'a, T: ?Sized>(
    declared: bool,
    group: Option<&'a T>,
    feature: &'static str,
) -> Result<&'a T> {
    group
        .filter(|_| declared)
        .ok_or_else(|| Error::unsupported(feature))
}

/// Templates.
impl Mailer {
    fn store(&self) -> Result<&dyn TemplateStore> {
        let declared = self.capabilities().templates;
        group(declared, self.provider.templates(), "templates")
    }

    /// Every stored template.
    #[must_use]
    pub fn list_templates(&self, first: PageRequest) -> Paged<Template> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.provider, "list_templates", async {
                    this.store()?.list_templates(&page).await
                })
                .await
            }
        })
    }

    /// A stored template.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_template(&self, id: &TemplateId) -> Result<Template> {
        call::run(&*self.provider, "get_template", async {
            self.store()?.get_template(id).await
        })
        .await
    }

    /// Stores a template with its first, active version.
    ///
    /// # Errors
    /// `InvalidInput` for an empty name, or content without a body; what the provider answers.
    pub async fn create_template(&self, new: &NewTemplate) -> Result<Template> {
        call::run(&*self.provider, "create_template", async {
            let store = self.store()?;
            check_name(&new.name)?;
            check_content(&new.content)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            store.create_template(new).await
        })
        .await
    }

    /// Changes a stored template.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a patch that changes nothing.
    pub async fn update_template(
        &self,
        id: &TemplateId,
        patch: &TemplatePatch,
    ) -> Result<Template> {
        call::run(&*self.provider, "update_template", async {
            let store = self.store()?;
            if let Some(name) = &patch.name {
                check_name(name)?;
            }
            if let Some(content) = &patch.content {
                check_content(content)?;
            }
            if patch.name.is_none() && patch.content.is_none() {
                return Err(Error::invalid_input("the patch changes nothing"));
            }
            store.update_template(id, patch).await
        })
        .await
    }

    /// Removes a stored template.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_template(&self, id: &TemplateId) -> Result<()> {
        call::run(&*self.provider, "delete_template", async {
            self.store()?.delete_template(id).await
        })
        .await
    }

    /// Every version of a stored template, oldest first.
    #[must_use]
    pub fn list_template_versions(
        &self,
        id: &TemplateId,
        first: PageRequest,
    ) -> Paged<TemplateVersion> {
        let (this, id) = (self.clone(), id.clone());
        Paged::new(first, move |page| {
            let (this, id) = (this.clone(), id.clone());
            async move {
                call::run(&*this.provider, "list_template_versions", async {
                    this.store()?.list_template_versions(&id, &page).await
                })
                .await
            }
        })
    }

    /// Stores a further version of a template.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` where templates have no versions.
    pub async fn create_template_version(
        &self,
        id: &TemplateId,
        new: &NewTemplateVersion,
    ) -> Result<TemplateVersion> {
        call::run(&*self.provider, "create_template_version", async {
            let store = self.store()?;
            self.need(self.capabilities().template_versions, "template_versions")?;
            check_content(&new.content)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            store.create_template_version(id, new).await
        })
        .await
    }

    /// Makes a version the one that is sent when none is named.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` where templates have no versions.
    pub async fn activate_template_version(
        &self,
        id: &TemplateId,
        version: &TemplateVersionId,
    ) -> Result<TemplateVersion> {
        call::run(&*self.provider, "activate_template_version", async {
            let store = self.store()?;
            self.need(self.capabilities().template_versions, "template_versions")?;
            store.activate_template_version(id, version).await
        })
        .await
    }

    /// Fills a template's places without sending it: at the provider, or here from the
    /// library when the provider stores no templates.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a missing value.
    pub async fn render_template(
        &self,
        template: impl Into<TemplateRef>,
        data: &MergeData,
    ) -> Result<RenderedTemplate> {
        let template = template.into();
        call::run(&*self.provider, "render_template", async {
            #[cfg(feature = "templates")]
            if !self.capabilities().templates && !self.library.is_empty() {
                return crate::email::render(self.library.resolve(&template)?, data);
            }
            let store = self.store()?;
            self.need(self.capabilities().template_preview, "template_preview")?;
            store.render_template(&template, data).await
        })
        .await
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid_input("the template's name is empty"));
    }
    check::line("the template's name", name, 100)
}

fn check_content(content: &TemplateContent) -> Result<()> {
    if content.text.is_none() && content.html.is_none() {
        return Err(Error::invalid_input("the template has no text and no HTML"));
    }
    check::line("the template's subject", &content.subject, 998)
}

/// Suppressions.
impl Mailer {
    fn lists(&self) -> Result<&dyn SuppressionStore> {
        let declared = self.capabilities().suppressions;
        group(declared, self.provider.suppressions(), "suppressions")
    }

    /// Every suppressed address.
    #[must_use]
    pub fn list_suppressions(
        &self,
        query: SuppressionQuery,
        first: PageRequest,
    ) -> Paged<Suppression> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.provider, "list_suppressions", async {
                    this.lists()?.list_suppressions(&query, &page).await
                })
                .await
            }
        })
    }

    /// Everything for which an address is suppressed; empty when it is not.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>> {
        call::run(&*self.provider, "get_suppressions", async {
            self.lists()?.get_suppressions(address).await
        })
        .await
    }

    /// Puts an address on a suppression list.
    ///
    /// # Errors
    /// `Unsupported` for a kind that the provider adds only itself; `InvalidInput` for a group on
    /// anything but an unsubscribe.
    pub async fn add_suppression(&self, suppression: &Suppression) -> Result<()> {
        call::run(&*self.provider, "add_suppression", async {
            let lists = self.lists()?;
            let has = self.capabilities();
            self.need(
                has.suppression_adds.contains(&suppression.kind),
                "suppression_adds",
            )?;
            if let Some(group) = &suppression.group {
                self.need(has.unsubscribe_groups, "unsubscribe_groups")?;
                check::tag(group)?;
                if suppression.kind != SuppressionKind::Unsubscribe {
                    return Err(Error::invalid_input("only an unsubscribe has a group"));
                }
            }
            lists.add_suppression(suppression).await
        })
        .await
    }

    /// Takes an address off the list of a kind. Taking off what is not on it succeeds.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn remove_suppression(
        &self,
        address: &EmailAddress,
        kind: SuppressionKind,
    ) -> Result<()> {
        call::run(&*self.provider, "remove_suppression", async {
            self.lists()?.remove_suppression(address, kind).await
        })
        .await
    }
}

/// Statistics and events.
impl Mailer {
    fn analytics(&self, declared: bool, feature: &'static str) -> Result<&dyn EmailAnalytics> {
        group(declared, self.provider.analytics(), feature)
    }

    /// Counts over time, oldest first.
    ///
    /// # Errors
    /// `Unsupported` for a tag where the provider does not count by tag.
    pub async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>> {
        call::run(&*self.provider, "stats", async {
            let has = self.capabilities();
            let analytics = self.analytics(has.stats, "stats")?;
            self.need(query.tag.is_none() || has.stats_by_tag, "stats_by_tag")?;
            analytics.stats(query).await
        })
        .await
    }

    /// Every event that a query means, oldest first.
    #[must_use]
    pub fn events(&self, query: EventQuery, first: PageRequest) -> Paged<EmailEvent> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.provider, "list_events", async {
                    let has = this.capabilities().events;
                    let analytics = this.analytics(has, "events")?;
                    analytics.list_events(&query, &page).await
                })
                .await
            }
        })
    }
}

/// Address validation.
impl Mailer {
    /// Judges an address. Text that is no address is a verdict, not an error.
    ///
    /// # Errors
    /// What the provider answers when it cannot judge at all.
    pub async fn validate_address(&self, address: &str) -> Result<AddressReport> {
        call::run(&*self.provider, "validate_address", async {
            let declared = self.capabilities().validation;
            let validator = group(declared, self.provider.validation(), "validation")?;
            validator.validate_address(address).await
        })
        .await
    }

    /// Judges many addresses, eight at a time, with one result per address in the order given.
    pub async fn validate_addresses<S: AsRef<str>>(
        &self,
        addresses: &[S],
    ) -> Vec<Result<AddressReport>> {
        let each: Vec<_> = addresses
            .iter()
            .map(|address| self.validate_address(address.as_ref()))
            .collect();
        stream::iter(each).buffered(8).collect().await
    }
}

/// Inbound routes.
impl Mailer {
    fn routes(&self) -> Result<&dyn InboundRoutes> {
        let declared = self.capabilities().inbound_routes;
        group(declared, self.provider.inbound(), "inbound_routes")
    }

    /// Every route, in the order in which they are tried.
    #[must_use]
    pub fn list_routes(&self, first: PageRequest) -> Paged<InboundRoute> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.provider, "list_routes", async {
                    this.routes()?.list_routes(&page).await
                })
                .await
            }
        })
    }

    /// A route.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_route(&self, id: &RouteId) -> Result<InboundRoute> {
        call::run(&*self.provider, "get_route", async {
            self.routes()?.get_route(id).await
        })
        .await
    }

    /// Makes a route.
    ///
    /// # Errors
    /// `InvalidInput` for a domain that is none, or an expression that the provider does not read.
    pub async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute> {
        call::run(&*self.provider, "create_route", async {
            let routes = self.routes()?;
            check_route(new)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            routes.create_route(new).await
        })
        .await
    }

    /// Replaces a route; it keeps its id. The route's idempotency key has no meaning here.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute> {
        call::run(&*self.provider, "update_route", async {
            let routes = self.routes()?;
            check_route(route)?;
            routes.update_route(id, route).await
        })
        .await
    }

    /// Removes a route.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_route(&self, id: &RouteId) -> Result<()> {
        call::run(&*self.provider, "delete_route", async {
            self.routes()?.delete_route(id).await
        })
        .await
    }

    /// The route that mail to an address takes; `None` when none does.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn match_address(&self, address: &EmailAddress) -> Result<Option<InboundRoute>> {
        call::run(&*self.provider, "match_address", async {
            self.routes()?.match_address(address).await
        })
        .await
    }
}

fn check_route(route: &NewRoute) -> Result<()> {
    if let RouteMatch::Domain(domain) = &route.matches {
        EmailAddress::new(format!("postmaster@{domain}"))?;
    }
    match &route.description {
        Some(description) => check::line("the route's description", description, 255),
        None => Ok(()),
    }
}

/// Tests of variants that the provider runs.
impl Mailer {
    fn tests(&self) -> Result<&dyn AbTestProvider> {
        let declared = self.capabilities().ab_tests;
        group(declared, self.provider.ab_tests(), "ab_tests")
    }

    /// Has the provider keep a test.
    ///
    /// # Errors
    /// `InvalidInput` for a test that cannot be run.
    pub async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo> {
        call::run(&*self.provider, "create_ab_test", async {
            let tests = self.tests()?;
            test.check()?;
            for arm in &test.arms {
                self.check_message(&arm.message)?;
            }
            self.check_create_key(test.idempotency_key.as_ref())?;
            tests.create_ab_test(test).await
        })
        .await
    }

    /// A kept test.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo> {
        call::run(&*self.provider, "get_ab_test", async {
            self.tests()?.get_ab_test(id).await
        })
        .await
    }

    /// Every kept test.
    #[must_use]
    pub fn list_ab_tests(&self, first: PageRequest) -> Paged<AbTestInfo> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.provider, "list_ab_tests", async {
                    this.tests()?.list_ab_tests(&page).await
                })
                .await
            }
        })
    }

    /// Sends a kept test: each recipient gets one arm, or the winner once there is one.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without recipients.
    pub async fn send_ab_test(
        &self,
        id: &AbTestId,
        recipients: &[Recipient],
        options: SendOptions,
    ) -> Result<AbSend> {
        call::run(&*self.provider, "send_ab_test", async {
            let tests = self.tests()?;
            if recipients.is_empty() {
                return Err(Error::invalid_input("the test has no recipient"));
            }
            let options = self.keyed(options);
            self.check_options(&options)?;
            tests.send_ab_test(id, recipients, &options).await
        })
        .await
    }

    /// How the arms of a kept test did so far.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport> {
        call::run(&*self.provider, "ab_test_results", async {
            self.tests()?.ab_test_results(id).await
        })
        .await
    }

    /// Ends a kept test: from now on everybody gets this arm.
    ///
    /// # Errors
    /// `NotFound` for the test or the arm; `Conflict` when another arm was chosen before.
    pub async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo> {
        call::run(&*self.provider, "choose_ab_winner", async {
            self.tests()?.choose_ab_winner(id, arm).await
        })
        .await
    }
}
