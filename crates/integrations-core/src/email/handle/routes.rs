//! Routes for mail that comes in.

use super::{Mailer, group};
use crate::call;
use crate::email::declared::at_most;
use crate::email::{
    EmailAddress, InboundRoute, InboundRoutes, NewRoute, RouteAction, RouteId, RouteMatch, check,
};
use crate::error::{Error, Result};
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
            let routes = self.routes()?;
            check::id("route id", id.as_str())?;
            routes.get_route(id).await
        })
        .await
    }

    /// Makes a route.
    ///
    /// # Errors
    /// `InvalidInput` for a domain that is none, an expression that the provider does not read, no
    /// action, or one that drops the mail beside others; `Unsupported` for
    /// [`RouteAction::Other`].
    pub async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute> {
        call::run(&*self.provider, "create_route", async {
            let routes = self.routes()?;
            self.check_route(new)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            routes.create_route(new).await
        })
        .await
    }

    /// Replaces a route, with all its actions; it keeps its id. The route's idempotency key has no
    /// meaning here.
    ///
    /// # Errors
    /// `NotFound`; and as [`create_route`](Self::create_route).
    pub async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute> {
        call::run(&*self.provider, "update_route", async {
            let routes = self.routes()?;
            check::id("route id", id.as_str())?;
            self.check_route(route)?;
            routes.update_route(id, route).await
        })
        .await
    }

    /// Removes a route. Removing what is not there succeeds, so that a removal whose answer was lost
    /// can be repeated.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn delete_route(&self, id: &RouteId) -> Result<()> {
        call::run(&*self.provider, "delete_route", async {
            let routes = self.routes()?;
            check::id("route id", id.as_str())?;
            routes.delete_route(id).await
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

    fn check_route(&self, route: &NewRoute) -> Result<()> {
        match &route.matches {
            RouteMatch::Domain(domain) => {
                EmailAddress::new(format!("postmaster@{domain}"))?;
            }
            RouteMatch::Address(address) => check::address(address)?,
            _ => {}
        }
        if route.actions.is_empty() {
            return Err(Error::invalid_input("the route has no action"));
        }
        if route.actions.len() > 1 && route.actions.contains(&RouteAction::Drop) {
            return Err(Error::invalid_input(
                "a route that drops mail does nothing else with it",
            ));
        }
        route.actions.iter().try_for_each(check_action)?;
        let most = self.capabilities().max_route_actions;
        at_most("actions", route.actions.len(), most)?;
        match &route.description {
            Some(description) => check::line("the route's description", description, 255),
            None => Ok(()),
        }
    }
}

fn check_action(action: &RouteAction) -> Result<()> {
    match action {
        RouteAction::Forward(address) => check::address(address),
        RouteAction::Other(_) => Err(Error::unsupported(
            "an action that only its provider has a word for",
        )),
        _ => Ok(()),
    }
}
