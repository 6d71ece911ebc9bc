//! What the record of one call says, whoever answered it.

use std::borrow::Cow;
use std::net::IpAddr;

use cairn_core::{AccountId, Timestamp};
use cairn_event::{
    Action, Category, EventBuilder, EventResource, EventType, Identity, Json, TlsDetails,
};
use cairn_wire::Fault;

use crate::{Call, Tls, Trace, TraceResource};

/// Everything that the record of one call says, before it has an id and a time.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whose history the record goes to: `recipientAccountId`.
    pub account: AccountId,
    pub identity: Identity,
    pub source: Cow<'static, str>,
    pub name: Cow<'static, str>,
    pub region: String,
    pub source_ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub tls: Option<Tls>,
    pub request_id: String,
    pub read_only: bool,
    pub event_type: EventType,
    pub category: Category,
    pub api_version: Option<&'static str>,
    pub parameters: Option<Json>,
    pub elements: Option<Json>,
    pub additional: Option<Json>,
    pub details: Option<Json>,
    /// Whether what is secret among parameters and elements was hidden by their shapes already, so
    /// that only names that are secret everywhere are left to look for.
    pub shaped: bool,
    /// `errorCode` and `errorMessage`.
    pub error: Option<(String, Option<String>)>,
    pub resources: Vec<EventResource>,
}

impl Facts {
    /// The facts of a call that Cairn answered itself.
    pub(crate) fn of(call: &Call, trace: &Trace, error: Option<&Fault>) -> Self {
        let resource = |found: &TraceResource| EventResource {
            account: found.account,
            kind: Some(found.kind.to_owned()),
            arn: found.arn.clone(),
        };
        Self {
            account: call.caller.account,
            identity: call.caller.identity.clone(),
            source: trace.source.unwrap_or(call.service.event_source()).into(),
            name: call.operation.clone().into(),
            region: trace.region.as_ref().unwrap_or(&call.region).to_string(),
            source_ip: Some(call.source_ip),
            user_agent: call.user_agent.clone(),
            tls: call.tls.clone(),
            request_id: call.request_id.clone(),
            read_only: trace.read_only,
            event_type: EventType::AwsApiCall,
            category: Category::Management,
            api_version: None,
            parameters: trace.request_parameters.clone(),
            elements: trace.response_elements.clone(),
            additional: None,
            details: None,
            shaped: false,
            error: error
                .map(|fault| (call.error_code(fault).into_owned(), Some(fault.message.clone()))),
            resources: trace.resources.iter().map(resource).collect(),
        }
    }

    /// The record, to be built. `time` is when the call was completed.
    pub(crate) fn builder(&self, id: &str, time: Timestamp) -> EventBuilder {
        let action =
            Action { id, time, source: &self.source, name: &self.name, region: &self.region };
        let mut builder = EventBuilder::new(action, &self.identity)
            .shaped(self.shaped)
            .event_type(self.event_type)
            .category(self.category)
            .request_id(&self.request_id)
            .read_only(self.read_only)
            .recipient(self.account);
        if let Some(address) = &self.source_ip {
            builder = builder.source_ip(&address.to_string());
        }
        if let Some(agent) = &self.user_agent {
            builder = builder.user_agent(agent);
        }
        if let Some(version) = self.api_version {
            builder = builder.api_version(version);
        }
        if let Some((code, message)) = &self.error {
            builder = builder.error(code, message.as_deref());
        }
        if let Some(tls) = &self.tls {
            builder = builder.tls(&TlsDetails {
                tls_version: Some(tls.version.to_owned()),
                cipher_suite: Some(tls.cipher_suite.clone()),
                client_provided_host_header: tls.host.clone(),
                key_exchange: None,
            });
        }
        for resource in &self.resources {
            builder = builder.resource(resource.clone());
        }
        self.trees(builder)
    }

    fn trees(&self, mut builder: EventBuilder) -> EventBuilder {
        if let Some(parameters) = &self.parameters {
            builder = builder.request_parameters(parameters.clone());
        }
        if let Some(elements) = &self.elements {
            builder = builder.response_elements(elements.clone());
        }
        if let Some(additional) = &self.additional {
            builder = builder.additional_event_data(additional.clone());
        }
        if let Some(details) = &self.details {
            builder = builder.service_event_details(details.clone());
        }
        builder
    }
}
