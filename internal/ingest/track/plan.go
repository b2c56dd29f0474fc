package track

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/fault"
)

const planSetting = "track.plan"

// Bounds of a tracking plan.
const (
	maxPlanned    = 5000
	maxProperties = 200
)

// compiledPlan finds a planned event by its name.
type compiledPlan struct {
	Plan
	events map[mappingKey]*PlannedEvent
}

var propertyTypes = map[string]string{"string": `"`, "number": "0", "boolean": "tf", "object": "{", "array": "["}

// compile checks a plan and says all that is wrong with it.
func (p Plan) compile() (*compiledPlan, error) {
	c := &compiledPlan{Plan: p, events: make(map[mappingKey]*PlannedEvent, len(p.Events))}
	if len(p.Events) > maxPlanned {
		return nil, fault.New(fault.Invalid, "a tracking plan lists at most %d events", maxPlanned)
	}
	var wrong []string
	for i := range p.Events {
		e := &p.Events[i]
		if e.Call == "" {
			e.Call = Track
		}
		key := mappingKey{e.Call, e.Name}
		if _, twice := c.events[key]; twice {
			wrong = append(wrong, fmt.Sprintf("events[%d]: %s %q is listed twice", i, e.Call, e.Name))
		}
		c.events[key] = e
		wrong = append(wrong, e.check(i)...)
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the tracking plan: %s", strings.Join(wrong[:min(len(wrong), 20)], "; "))
	}
	return c, nil
}

func (e *PlannedEvent) check(i int) (wrong []string) {
	if e.Call != Track && e.Call != Page && e.Call != Screen {
		wrong = append(wrong, fmt.Sprintf("events[%d]: call %q cannot be planned; use track, page or screen", i, e.Call))
	}
	if e.Name == "" || len(e.Name) > maxName {
		wrong = append(wrong, fmt.Sprintf("events[%d]: give a name of at most %d bytes", i, maxName))
	}
	if len(e.Properties) > maxProperties {
		wrong = append(wrong, fmt.Sprintf("events[%d]: at most %d properties", i, maxProperties))
	}
	for j, p := range e.Properties {
		if _, ok := propertyTypes[p.Type]; p.Type != "" && !ok || p.Name == "" {
			wrong = append(wrong, fmt.Sprintf("events[%d].properties[%d]: a name, and a type that is string, number, boolean, object or array", i, j))
		}
	}
	return wrong
}

// Plan gives the tracking plan in force.
func (s *Service) Plan(context.Context) (Plan, error) { return s.plan.Load().Plan, nil }

// SetPlan replaces the tracking plan, and with it strict mode. It holds for what
// arrives from now on.
//
// Errors: fault.Invalid with everything that is wrong with the plan.
func (s *Service) SetPlan(ctx context.Context, p Plan) error {
	p.Events = slices.Clone(p.Events)
	c, err := p.compile()
	if err != nil {
		return err
	}
	err = s.opt.Settings.ChangeSetting(ctx, planSetting, func([]byte) ([]byte, error) { return json.Marshal(p) })
	if err != nil {
		return fmt.Errorf("store the tracking plan: %w", err)
	}
	s.plan.Store(c)
	s.seen.forget()
	return nil
}

func (s *Service) loadPlan(ctx context.Context) error {
	data, err := s.opt.Settings.Setting(ctx, planSetting)
	if err != nil {
		return fmt.Errorf("read the tracking plan: %w", err)
	}
	var p Plan
	if len(data) > 0 {
		if err := json.Unmarshal(data, &p); err != nil {
			return fmt.Errorf("read the setting %s: %w", planSetting, err)
		}
	}
	c, err := p.compile()
	if err != nil {
		return err
	}
	s.plan.Store(c)
	return nil
}

// judge holds an event of that name against the plan, in strict mode.
func (c *compiledPlan) judge(e *event, name string) {
	if !c.Strict {
		return
	}
	planned := c.events[mappingKey{e.call, name}]
	if planned == nil {
		e.problem("."+nameMember(e.call), fmt.Sprintf("%q is not in the tracking plan", shorten(name, 64)), "add it to the plan, correct its name, or switch strict mode off", true)
		return
	}
	if len(planned.Properties) == 0 {
		return
	}
	there := map[string]jsontext.Value{}
	if e.properties != nil {
		w := &walker{text: e.properties}
		w.members(func(name []byte) { there[string(name)] = w.value() })
	}
	for _, p := range planned.Properties {
		p.judge(e, there[p.Name])
	}
}

func nameMember(call Call) string {
	if call == Track {
		return "event"
	}
	return "name"
}

func (p *PlannedProperty) judge(e *event, v jsontext.Value) {
	member := ".properties." + p.Name
	switch {
	case v == nil && p.Required:
		e.problem(member, "the tracking plan requires this property", "send it with every such event", true)
	case v == nil:
	case p.Type != "" && !strings.ContainsRune(propertyTypes[p.Type], rune(v.Kind())):
		e.problem(member, "the tracking plan wants a "+p.Type, "send a "+p.Type, true)
	case len(p.Values) > 0 && v.Kind() == '"':
		var text string
		if err := json.Unmarshal(v, &text); err != nil || !slices.Contains(p.Values, text) {
			e.problem(member, "the tracking plan does not list this value", "send one of "+shorten(strings.Join(p.Values, ", "), 200), true)
		}
	}
}
