package lrs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

// setting is the name of the setting that holds the company's own verbs: a JSON
// object of learning verbs, or "nothing", by IRI.
const setting = "verbs"

// maxVerbs bounds how many verbs a company can map.
const maxVerbs = 5000

// Seen lists the verbs of the statements that were stored, how often, when last,
// and as what they count: a learning verb, "nothing", or "" for verbs that are
// not known.
func (p *Projector) Seen(ctx context.Context) ([]warehouse.Seen, error) {
	return p.to.Seen(ctx, Source)
}

// MapVerb says what a verb counts as, for statements that are stored already
// too: a learning verb or Nothing. It returns when they count so.
//
// Errors: fault.Invalid when the IRI or the learning verb is none.
func (p *Projector) MapVerb(ctx context.Context, iri, verb string) error {
	if err := xapi.CheckIRI(iri); err != nil {
		return fault.New(fault.Invalid, "%q is no verb's IRI: %w", iri, err)
	}
	if !isVerb(verb) {
		return fault.New(fault.Invalid, "%q is no learning verb; choose one of %s, or %s", verb, strings.Join(record.Verbs, ", "), Nothing)
	}
	return p.changeVerbs(ctx, func(verbs map[string]string) error {
		verbs[iri] = verb
		if len(verbs) > maxVerbs {
			return fault.New(fault.TooLarge, "%d verbs are mapped already; unmap some first", maxVerbs)
		}
		return nil
	})
}

// UnmapVerb takes a mapping back: the verb counts as the profiles say.
//
// Errors: fault.NotFound when it is not mapped.
func (p *Projector) UnmapVerb(ctx context.Context, iri string) error {
	return p.changeVerbs(ctx, func(verbs map[string]string) error {
		if _, ok := verbs[iri]; !ok {
			return fault.New(fault.NotFound, "the verb %q is not mapped", iri)
		}
		delete(verbs, iri)
		return nil
	})
}

// Mapped gives the company's own mappings, by IRI.
func (p *Projector) Mapped(ctx context.Context) (map[string]string, error) {
	text, err := p.from.Setting(ctx, setting)
	if err != nil {
		return nil, err
	}
	return decodeVerbs(text)
}

func decodeVerbs(text []byte) (map[string]string, error) {
	verbs := map[string]string{}
	if len(text) == 0 {
		return verbs, nil
	}
	if err := json.Unmarshal(text, &verbs); err != nil {
		return nil, fmt.Errorf("setting %q: %w", setting, err)
	}
	return verbs, nil
}

func (p *Projector) changeVerbs(ctx context.Context, change func(map[string]string) error) error {
	p.mu.Lock()
	err := p.from.ChangeSetting(ctx, setting, func(old []byte) ([]byte, error) {
		verbs, err := decodeVerbs(old)
		if err != nil {
			return nil, err
		}
		if err := change(verbs); err != nil {
			return nil, err
		}
		return json.Marshal(verbs, json.Deterministic(true))
	})
	p.verbs = nil
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.catchUpVerbs(ctx)
}

// loadVerbs reads the company's mappings once. Who calls it holds mu.
func (p *Projector) loadVerbs(ctx context.Context) (err error) {
	if p.verbs == nil {
		p.verbs, err = p.Mapped(ctx)
	}
	return err
}

// lookup gives what a verb counts as; loadVerbs comes first.
func (p *Projector) lookup(iri string) string {
	if verb, ok := p.verbs[iri]; ok {
		return verb
	}
	return p.vocabulary.verbs[iri]
}

// catchUpVerbs projects again the statements whose verbs count as something
// else than when they were projected: by a mapping, or a newer program.
func (p *Projector) catchUpVerbs(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.loadVerbs(ctx); err != nil {
		return err
	}
	seen, err := p.to.Seen(ctx, Source)
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	end := &warehouse.Delta{Source: Source}
	for _, s := range seen {
		if as := p.lookup(s.Name); s.Name != "" && as != s.As {
			changed[s.Name] = true
			end.Seen = append(end.Seen, warehouse.Seen{Name: s.Name, As: as})
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := p.again(ctx, changed); err != nil {
		return err
	}
	return p.take(ctx, end) // only now, so that an interruption begins anew
}

// again projects the stored statements of some verbs anew.
func (p *Projector) again(ctx context.Context, verbs map[string]bool) error {
	end, err := p.to.Cursor(ctx, Source)
	if err != nil {
		return err
	}
	var gathered []said
	for after := int64(0); after < end; {
		changes, err := p.from.Changes(ctx, after, p.opt.Page)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			break
		}
		after = changes[len(changes)-1].Seq
		changes = slices.DeleteFunc(changes, func(c state.Change) bool { return c.Seq > end || !speaksOf(&c, verbs) })
		gathered = p.gather(gathered, changes, verbs)
		if len(gathered) < most/2 {
			continue // taking facts away reads all of them: rarely, then
		}
		if err := p.retake(ctx, gathered); err != nil {
			return err
		}
		gathered = nil
	}
	return p.retake(ctx, gathered)
}

// speaksOf says whether a change's statement may have one of the verbs.
func speaksOf(c *state.Change, verbs map[string]bool) bool {
	if c.Statement == nil || c.Statement.Voided {
		return false
	}
	for iri := range verbs {
		if bytes.Contains(c.Statement.Body, []byte(lastPart(iri))) {
			return true
		}
	}
	return bytes.Contains(c.Statement.Body, []byte(`\u`)) // it may be written with escapes
}

// gather adds what the changes' statements say now, if they have one of the verbs.
func (p *Projector) gather(list []said, changes []state.Change, verbs map[string]bool) []said {
	for _, s := range p.readAll(changes) {
		if verbs[s.verb] {
			s.again = true
			list = append(list, s)
		}
	}
	return list
}

// retake puts what statements say now in place of what they said.
func (p *Projector) retake(ctx context.Context, list []said) error {
	if len(list) == 0 {
		return nil
	}
	b := p.build()
	b.addAll(list)
	d, err := b.finish(ctx)
	if err != nil {
		p.memory = newMemory()
		return err
	}
	return p.take(ctx, d)
}
