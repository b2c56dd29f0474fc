package forward_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/forward"
)

func TestPasswordIsNeverShownNorStoredInClear(t *testing.T) {
	s := newSource(t)
	service := forward.New(s, s.key, forward.Options{})
	const password = "correct horse battery staple"
	f := forward.Forwarding{Name: "a", Endpoint: "https://lrs.example.com/xapi", User: "u"}
	if err := service.Add(t.Context(), f, password, forward.FromNow); err != nil {
		t.Fatal(err)
	}
	list, err := service.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Setting(t.Context(), "forwarding")
	if err != nil || len(kept) == 0 {
		t.Fatal(string(kept), err)
	}
	for what, text := range map[string]string{"list": string(shown), "setting": string(kept)} {
		if strings.Contains(text, "horse") {
			t.Errorf("the %s shows the password: %s", what, text)
		}
	}
	if strings.Contains(string(shown), "sealed") {
		t.Errorf("the list shows the sealed password: %s", shown)
	}
}

func TestPasswordDoesNotFollowToAnotherEndpoint(t *testing.T) {
	s := newSource(t)
	service := forward.New(s, s.key, forward.Options{})
	f := forward.Forwarding{Name: "a", Endpoint: "https://lrs.example.com/xapi", User: "u"}
	if err := service.Add(t.Context(), f, "p", forward.FromNow); err != nil {
		t.Fatal(err)
	}
	f.Verbs = []string{"https://acme.example/did"}
	if err := service.Update(t.Context(), f, ""); err != nil {
		t.Errorf("another filter needs the password: %v", err)
	}
	f.Endpoint = "https://evil.example.com/xapi"
	if err := service.Update(t.Context(), f, ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another endpoint without the password gives %v", err)
	}
	if err := service.Update(t.Context(), f, "q"); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	s := newSource(t)
	service := forward.New(s, s.key, forward.Options{})
	good := forward.Forwarding{Name: "a", Endpoint: "https://lrs.example.com/xapi", User: "u"}
	for name, tt := range map[string]struct {
		change func(*forward.Forwarding)
		says   string
	}{
		"no name":            {func(f *forward.Forwarding) { f.Name = "" }, "name:"},
		"a name with spaces": {func(f *forward.Forwarding) { f.Name = "a b" }, "name:"},
		"no address":         {func(f *forward.Forwarding) { f.Endpoint = "lrs" }, "endpoint:"},
		"a file":             {func(f *forward.Forwarding) { f.Endpoint = "file:///etc/passwd" }, "endpoint:"},
		"user in address":    {func(f *forward.Forwarding) { f.Endpoint = "https://u:p@lrs.example.com" }, "endpoint:"},
		"a query":            {func(f *forward.Forwarding) { f.Endpoint = "https://lrs.example.com?x=1" }, "endpoint:"},
		"plain http":         {func(f *forward.Forwarding) { f.Endpoint = "http://lrs.example.com" }, "use https"},
		"user with colon":    {func(f *forward.Forwarding) { f.User = "a:b" }, "user:"},
		"another version":    {func(f *forward.Forwarding) { f.Version = "0.95" }, "version:"},
	} {
		f := good
		tt.change(&f)
		if err := service.Add(t.Context(), f, "p", forward.FromNow); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if err := service.Add(t.Context(), good, "p", "yesterday"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another start gives %v", err)
	}
	good.Endpoint, good.PlainHTTP = "http://lrs.example.com", true
	if err := service.Add(t.Context(), good, "p", forward.FromNow); err != nil {
		t.Errorf("plain HTTP where it is allowed gives %v", err)
	}
	if err := service.Add(t.Context(), good, "p", forward.FromNow); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the same name again gives %v", err)
	}
	if err := service.Remove(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if err := service.Remove(t.Context(), "a"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("removing twice gives %v", err)
	}
}
