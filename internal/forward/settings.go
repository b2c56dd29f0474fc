package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
)

// settingName is the setting under which the forwardings are kept.
const settingName = "forwarding"

// maxForwardings bounds the workers of a workspace.
const maxForwardings = 50

// kept is a forwarding as the setting holds it.
type kept struct {
	Forwarding
	Sealed string `json:"sealed"` // the password
	From   int64  `json:"from"`   // place at which it began
}

// purpose binds a sealed password to one forwarding and endpoint: sending it
// elsewhere takes entering it again.
func (f Forwarding) purpose() string { return "forwarding " + f.Name + " " + f.Endpoint }

// reader names a forwarding's place in the feed.
func reader(name string) string { return "forward/" + name }

// Add sets up a forwarding that begins at start.
//
// Errors: fault.Invalid naming field and remedy, fault.Conflict when the name
// is taken or there are 50 already.
func (s *Service) Add(ctx context.Context, f Forwarding, password string, start Start) error {
	f.Endpoint = strings.TrimRight(f.Endpoint, "/")
	if err := f.check(); err != nil {
		return err
	}
	s.setup.Lock()
	defer s.setup.Unlock()
	all, err := s.load(ctx)
	if err != nil {
		return err
	}
	if find(all, f.Name) >= 0 {
		return fault.New(fault.Conflict, "there is a forwarding named %q already; choose another name", f.Name)
	}
	if len(all) >= maxForwardings {
		return fault.New(fault.Conflict, "there are %d forwardings already; remove one first", len(all))
	}
	// The place comes first: a crash in between leaves an unused place, never a
	// forwarding that begins where a former one of its name ended.
	from, err := s.setPlace(ctx, f.Name, start)
	if err != nil {
		return fmt.Errorf("add forwarding %s: %w", f.Name, err)
	}
	return s.change(ctx, func(all []kept) ([]kept, error) {
		return append(all, kept{Forwarding: f, Sealed: s.key.Seal(f.purpose(), password), From: from}), nil
	})
}

func (s *Service) setPlace(ctx context.Context, name string, start Start) (place int64, err error) {
	switch start {
	case FromBeginning:
	case FromNow, "":
		if place, err = s.store.LastChange(ctx); err != nil {
			return 0, err
		}
	default:
		return 0, fault.New(fault.Invalid, "start: %q; use now or beginning", start)
	}
	return place, s.store.SetCursor(ctx, reader(name), place)
}

// Update changes a forwarding's settings; its place stays. An empty password
// keeps the present one, which takes the same endpoint.
//
// Errors: fault.Invalid, fault.NotFound.
func (s *Service) Update(ctx context.Context, f Forwarding, password string) error {
	f.Endpoint = strings.TrimRight(f.Endpoint, "/")
	if err := f.check(); err != nil {
		return err
	}
	return s.edit(ctx, f.Name, func(k *kept) error {
		if password == "" && k.Endpoint != f.Endpoint {
			return fault.New(fault.Invalid, "password: enter it again, for the endpoint is another one")
		}
		k.Forwarding = f
		if password != "" {
			k.Sealed = s.key.Seal(f.purpose(), password)
		}
		return nil
	})
}

// Pause stops a forwarding where it is, or lets it go on from there.
//
// Errors: fault.NotFound.
func (s *Service) Pause(ctx context.Context, name string, paused bool) error {
	return s.edit(ctx, name, func(k *kept) error { k.Paused = paused; return nil })
}

// Remove ends a forwarding and discards its dead letters.
//
// Errors: fault.NotFound.
func (s *Service) Remove(ctx context.Context, name string) error {
	s.setup.Lock()
	defer s.setup.Unlock()
	err := s.change(ctx, func(all []kept) ([]kept, error) {
		i := find(all, name)
		if i < 0 {
			return nil, missing(name)
		}
		return slices.Delete(all, i, i+1), nil
	})
	if err != nil {
		return err
	}
	s.stop(name)
	return s.discardAll(ctx, name)
}

func missing(name string) error {
	return fault.New(fault.NotFound, "there is no forwarding named %q", name)
}

// edit changes a forwarding and ends its worker; Run makes another.
func (s *Service) edit(ctx context.Context, name string, change func(*kept) error) error {
	s.setup.Lock()
	defer s.setup.Unlock()
	defer s.stop(name)
	return s.change(ctx, func(all []kept) ([]kept, error) {
		i := find(all, name)
		if i < 0 {
			return nil, missing(name)
		}
		return all, change(&all[i])
	})
}

func find(all []kept, name string) int {
	return slices.IndexFunc(all, func(k kept) bool { return k.Name == name })
}

func (s *Service) load(ctx context.Context) ([]kept, error) {
	text, err := s.store.Setting(ctx, settingName)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

func decode(text []byte) (all []kept, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read the forwardings: %w", err)
	}
	return all, nil
}

// change rewrites the setting and wakes Run.
func (s *Service) change(ctx context.Context, change func([]kept) ([]kept, error)) error {
	err := s.store.ChangeSetting(ctx, settingName, func(old []byte) ([]byte, error) {
		all, err := decode(old)
		if err != nil {
			return nil, err
		}
		if all, err = change(all); err != nil {
			return nil, err
		}
		return json.Marshal(all)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// wake lets Run look at the settings.
func (s *Service) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it will look anyway
	}
}

var forwardingName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// check reports every problem at once.
func (f Forwarding) check() error {
	var problems []error
	if !forwardingName.MatchString(f.Name) {
		problems = append(problems, fmt.Errorf("name: %q; use 1 to 64 letters, digits, - and _", f.Name))
	}
	if f.Version != "" && f.Version != "1.0.3" && f.Version != "2.0.0" {
		problems = append(problems, fmt.Errorf("version: %q; use 1.0.3, 2.0.0 or nothing", f.Version))
	}
	if f.User == "" || strings.Contains(f.User, ":") {
		problems = append(problems, errors.New("user: a name without a colon, as Basic authentication wants it"))
	}
	if len(f.Verbs) > 1000 || len(f.Activities) > 1000 {
		problems = append(problems, errors.New("filter: more than 1000 verbs or activities; use prefixes"))
	}
	problems = append(problems, f.checkEndpoint())
	if err := errors.Join(problems...); err != nil {
		return fault.New(fault.Invalid, "forwarding: %w", err)
	}
	return nil
}

func (f Forwarding) checkEndpoint() error {
	u, err := url.Parse(f.Endpoint)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("endpoint: %q is not an address such as https://lrs.example.com/xapi", f.Endpoint)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("endpoint: leave user, password, query and fragment out of the address")
	case u.Scheme == "http" && !f.PlainHTTP && !loopback(u.Hostname()):
		return errors.New("endpoint: the password could be read on the way; use https, or allow plain HTTP for this forwarding")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
