//! Routes for mail that comes in.

use async_trait::async_trait;
use integrations_core::email::{
    EmailAddress, InboundRoute, InboundRoutes, NewRoute, RouteAction, RouteId, RouteMatch,
};
use integrations_core::{Error, Page, PageRequest, Result, unsupported};
use serde_json::json;

use super::book::{Change, State, Tx};
use super::{LocalMailer, PAGE};

/// The routes in the order in which they are tried: by priority, then as they were made.
fn ordered(state: &State) -> Vec<&InboundRoute> {
    let mut routes: Vec<_> = state.routes.values().map(|route| &**route).collect();
    routes.sort_by(|a, b| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
    routes
}

/// The route that takes mail to an address.
pub(super) fn route_to<'a>(state: &'a State, address: &EmailAddress) -> Option<&'a InboundRoute> {
    ordered(state)
        .into_iter()
        .find(|route| route.matches.takes(address))
}

fn find<'a>(tx: &'a Tx<'_>, id: &RouteId) -> Result<&'a InboundRoute> {
    tx.state
        .routes
        .get(id)
        .map(|route| &**route)
        .ok_or_else(|| Error::not_found(format_args!("the route {id}")))
}

/// There is no language of expressions here, and no action of another provider's.
fn readable(route: &NewRoute) -> Result<()> {
    for action in &route.actions {
        match action {
            RouteAction::Forward(_)
            | RouteAction::Webhook(_)
            | RouteAction::Store
            | RouteAction::Drop => {}
            _ => return Err(Error::unsupported("the action of another provider")),
        }
    }
    match route.matches {
        RouteMatch::Address(_) | RouteMatch::Domain(_) | RouteMatch::CatchAll => Ok(()),
        _ => Err(Error::invalid_input(
            "this provider reads no expressions: match an address, a domain or everything",
        )),
    }
}

#[async_trait]
impl InboundRoutes for LocalMailer {
    async fn list_routes(&self, page: &PageRequest) -> Result<Page<InboundRoute>> {
        let page = page.clone();
        self.run(move |tx| {
            let routes = ordered(tx.state).into_iter().cloned().collect();
            Page::slice_by(routes, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn get_route(&self, id: &RouteId) -> Result<InboundRoute> {
        let id = id.clone();
        self.run(move |tx| find(tx, &id).cloned()).await
    }

    async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute> {
        if new.idempotency_key.is_some() && !self.capabilities.create_idempotency {
            return Err(unsupported(self, "create_idempotency"));
        }
        readable(new)?;
        let new = new.clone();
        self.run(move |tx| {
            let request = json!([new.matches, new.actions, new.priority, new.description]);
            let key = new.idempotency_key.clone();
            tx.once("route", key.as_ref(), &request, |tx| {
                let mut route = InboundRoute::new(tx.id("rt"), new);
                route.created_at = Some(tx.now);
                tx.put(Change::Route(
                    route.id.clone(),
                    Some(Box::new(route.clone())),
                ));
                Ok(route)
            })
        })
        .await
    }

    async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute> {
        readable(route)?;
        let (id, new) = (id.clone(), route.clone());
        self.run(move |tx| {
            let created_at = find(tx, &id)?.created_at;
            let mut route = InboundRoute::new(id.clone(), new);
            route.created_at = created_at;
            tx.put(Change::Route(id, Some(Box::new(route.clone()))));
            Ok(route)
        })
        .await
    }

    async fn delete_route(&self, id: &RouteId) -> Result<()> {
        let id = id.clone();
        self.run(move |tx| {
            if tx.state.routes.contains_key(&id) {
                tx.put(Change::Route(id, None));
            }
            Ok(())
        })
        .await
    }

    async fn match_address(&self, address: &EmailAddress) -> Result<Option<InboundRoute>> {
        let address = address.clone();
        self.run(move |tx| Ok(route_to(tx.state, &address).cloned()))
            .await
    }
}
