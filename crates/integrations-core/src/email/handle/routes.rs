//! Routes for mail that comes in.

use super::{Mailer, group};
use crate::call;
use crate::email::{
    EmailAddress, InboundRoute, InboundRoutes, NewRoute, RouteAction, RouteId, RouteMatch, check,
};
use crate::error::Result;
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn routes(&self) -> Result<&dyn InboundRoutes> {
        let declared = self.capabilities().inbound_routes;
        group(declared, || self.provider.inbound(), "inbound_routes")
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
    if let RouteAction::Forward(address) = &route.action {
        check::address(address)?;
    }
    match &route.description {
        Some(description) => check::line("the route's description", description, 255),
        None => Ok(()),
    }
}
