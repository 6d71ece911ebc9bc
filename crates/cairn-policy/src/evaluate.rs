//! What a policy says about a request.

use crate::parse::{Listed, Statement};
use crate::truth::Truth;
use crate::{Policy, Request};

/// The answer of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A statement denies; nothing that allows, here or elsewhere, counts against it.
    ExplicitDeny,
    Allow,
    /// Nothing in this policy speaks of the request.
    ImplicitDeny,
}

impl Policy {
    /// What the policy says about the request, whatever the order of its statements.
    pub fn evaluate(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::ImplicitDeny;
        for statement in &self.statements {
            match (statement.denies, statement.applies(request)) {
                (true, Truth::Yes | Truth::Unknown) => return Decision::ExplicitDeny,
                (false, Truth::Yes) => decision = Decision::Allow,
                (true, Truth::No) | (false, Truth::No | Truth::Unknown) => {}
            }
        }
        decision
    }
}

impl Statement {
    fn applies(&self, request: &Request<'_>) -> Truth {
        let context = request.context;
        let parts = [
            self.principals.fit(|who| who.is(&request.principal)),
            self.actions.fit(|action| action.fits_in_any_case(request.action, context)),
            self.resources.fit(|resource| resource.fits(request.resource, context)),
        ];
        let conditions = self.conditions.iter().map(|condition| condition.holds(context));
        Truth::all(parts.into_iter().chain(conditions))
    }
}

impl<T> Listed<T> {
    fn fit(&self, test: impl Fn(&T) -> Truth) -> Truth {
        Truth::any(self.entries.iter().map(test)).not_if(self.negated)
    }
}

#[cfg(test)]
mod tests;
