package protocol

import (
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/xapi"
)

func (h *handler) activityMethods() map[string]method {
	readers := []access.Scope{access.StatementsRead, access.StatementsReadMine, access.State, access.Profile}
	return map[string]method{http.MethodGet: {scopes: readers, params: []string{"activityId"}, serve: (*call).getActivity}}
}

func (h *handler) agentMethods() map[string]method {
	// Names of people are for those who may read all statements or profiles.
	readers := []access.Scope{access.StatementsRead, access.Profile}
	return map[string]method{http.MethodGet: {scopes: readers, params: []string{"agent"}, serve: (*call).getPerson}}
}

func (h *handler) aboutMethods() map[string]method {
	return map[string]method{http.MethodGet: {serve: (*call).getAbout}}
}

// getActivity gives what is known of an activity.
func (c *call) getActivity() error {
	p := reader{c: c}
	id := p.checked("activityId", p.need("activityId"), xapi.CheckIRI)
	if p.err != nil {
		return p.err
	}
	body, err := c.handler.service.Activity(c.r.Context(), id)
	if err != nil {
		return err
	}
	c.write(http.StatusOK, "application/json", body)
	return nil
}

// getPerson gives what is known of an agent.
func (c *call) getPerson() error {
	p := reader{c: c}
	agent := p.agent("agent", p.need("agent"))
	if p.err != nil {
		return p.err
	}
	body, err := c.handler.service.Person(c.r.Context(), agent)
	if err != nil {
		return err
	}
	c.write(http.StatusOK, "application/json", body)
	return nil
}

// getAbout describes the record store.
func (c *call) getAbout() error {
	c.write(http.StatusOK, "application/json", c.handler.service.About())
	return nil
}
