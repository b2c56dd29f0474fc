package lrs

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// About describes the record store, as the About resource gives it.
func (s *Service) About() []byte {
	return []byte(`{"version":["` + xapi.V1.String() + `","` + xapi.V2.String() + `"],"extensions":{}}`)
}

// Activity gives an activity with the definition merged over all statements, as
// the Activities resource does: with id alone when nothing is known of it.
//
// Errors: fault.Invalid when id is no text of JSON.
func (s *Service) Activity(ctx context.Context, id string) ([]byte, error) {
	known, err := s.store.Definitions(ctx, id)
	if err != nil {
		return nil, err
	}
	body, err := jsontext.AppendQuote([]byte(`{"objectType":"Activity","id":`), id)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the activity's id is not valid UTF-8: %w", err)
	}
	if definition, defined := known[id]; defined {
		body = append(append(body, `,"definition":`...), definition...)
	}
	return append(body, '}'), nil
}

// Person gives what is known of an agent, as the Agents resource does.
func (s *Service) Person(ctx context.Context, agent xapi.IFI) ([]byte, error) {
	names, err := s.store.AgentNames(ctx, string(agent))
	if err != nil {
		return nil, err
	}
	return xapi.Person([]xapi.IFI{agent}, names), nil
}
