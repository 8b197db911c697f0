//! The recorder of the email category.

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::email::*;
use integrations_core::{Page, PageRequest, Result};
use integrations_local::email::LocalMailer;

use super::recorder::{Recorder, record};

record! {
    LocalMailer: EmailProvider -> EmailCapabilities {
        send(message: &EmailMessage, options: &SendOptions) -> SendReport;
        send_batch(
            message: &EmailMessage,
            recipients: &[Recipient],
            options: &SendOptions
        ) -> SendReport;
        send_raw(envelope: &Envelope, mime: &Bytes, options: &SendOptions) -> SendReport;
        cancel_scheduled(id: &MessageId) -> ();
    }
    templates: TemplateStore {
        list_templates(page: &PageRequest) -> Page<Template>;
        get_template(id: &TemplateId) -> Template;
        create_template(new: &NewTemplate) -> Template;
        update_template(id: &TemplateId, patch: &TemplatePatch) -> Template;
        delete_template(id: &TemplateId) -> ();
        list_template_versions(id: &TemplateId, page: &PageRequest) -> Page<TemplateVersion>;
        create_template_version(id: &TemplateId, new: &NewTemplateVersion) -> TemplateVersion;
        activate_template_version(
            id: &TemplateId,
            version: &TemplateVersionId
        ) -> TemplateVersion;
        render_template(template: &TemplateRef, data: &MergeData) -> RenderedTemplate;
    }
    suppressions: SuppressionStore {
        list_suppressions(query: &SuppressionQuery, page: &PageRequest) -> Page<Suppression>;
        get_suppressions(address: &EmailAddress) -> Vec<Suppression>;
        add_suppression(suppression: &Suppression) -> ();
        remove_suppression(address: &EmailAddress, list: &SuppressionList) -> ();
    }
    analytics: EmailAnalytics {
        stats(query: &StatsQuery) -> Vec<StatPoint>;
        list_events(query: &EventQuery, page: &PageRequest) -> Page<EmailEvent>;
    }
    validation: AddressValidator {
        validate_address(address: &str) -> AddressReport;
        validate_addresses(addresses: &[String]) -> Vec<AddressReport>;
    }
    inbound: InboundRoutes {
        list_routes(page: &PageRequest) -> Page<InboundRoute>;
        get_route(id: &RouteId) -> InboundRoute;
        create_route(new: &NewRoute) -> InboundRoute;
        update_route(id: &RouteId, route: &NewRoute) -> InboundRoute;
        delete_route(id: &RouteId) -> ();
        match_address(address: &EmailAddress) -> Option<InboundRoute>;
    }
    ab_tests: AbTestProvider {
        create_ab_test(test: &AbTest) -> AbTestInfo;
        get_ab_test(id: &AbTestId) -> AbTestInfo;
        list_ab_tests(page: &PageRequest) -> Page<AbTestInfo>;
        send_ab_test(id: &AbTestId, recipients: &[Recipient], options: &SendOptions) -> AbSend;
        ab_test_results(id: &AbTestId) -> AbReport;
        choose_ab_winner(id: &AbTestId, arm: &str) -> AbTestInfo;
    }
}
