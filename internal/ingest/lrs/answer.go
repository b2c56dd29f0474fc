package lrs

import (
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

// answer sets the response, and for a question its kind, what would have been
// right and the text of what was chosen.
func (f *facts) answer(attributes map[string]string, r *xapi.Result) {
	set(attributes, "response", r.Response)
	d := f.s.Object.Activity.Definition
	if d == nil || d.InteractionType == "" {
		return
	}
	set(attributes, "interaction_type", d.InteractionType)
	set(attributes, "correct_pattern", strings.Join(d.CorrectResponsesPattern, " or "))
	if r.Response != "" {
		set(attributes, "chosen", chosen(d, r.Response))
	}
}

// chosen gives the texts of the components that a response names: "a[,]b" for
// choices, sequences and scales, "a[.]b[,]c[.]d" for pairs and steps.
func chosen(d *xapi.ActivityDefinition, response string) string {
	lists := [][]xapi.InteractionComponent{d.Choices, d.Scale, d.Source, d.Target, d.Steps}
	name := func(id string, among ...[]xapi.InteractionComponent) string {
		for _, list := range among {
			for _, c := range list {
				if c.ID == id {
					return best(c.Description)
				}
			}
		}
		return ""
	}
	var texts []string
	for part := range strings.SplitSeq(response, "[,]") {
		left, right, pair := strings.Cut(part, "[.]")
		switch {
		case !pair:
			texts = append(texts, name(part, lists...))
		case len(d.Steps) > 0:
			texts = append(texts, join(name(left, d.Steps), right))
		default:
			texts = append(texts, join(name(left, d.Source), name(right, d.Target)))
		}
	}
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "; ")
}

func join(left, right string) string {
	if left == "" || right == "" {
		return left
	}
	return left + ": " + right
}

// best gives one text of several languages: English, or else the first by tag.
func best(m xapi.LanguageMap) string {
	tag := ""
	for t := range m {
		if tag == "" || rank(t) < rank(tag) || rank(t) == rank(tag) && t < tag {
			tag = t
		}
	}
	return m[tag]
}

func rank(tag string) int {
	switch lower := strings.ToLower(tag); {
	case lower == "en":
		return 0
	case lower == "en-us":
		return 1
	case strings.HasPrefix(lower, "en-"):
		return 2
	}
	return 3
}

// response gives the answer to a survey that a statement is: a rating, an answer
// on a scale, a comment.
func (f *facts) response(values map[string]any, attributes map[string]string) (warehouse.Row, bool) {
	out := map[string]any{"target": "education", "question": f.s.Object.Activity.ID}
	switch {
	case values["verb"] == "rated" && f.rating(out):
		out["kind"] = "rating"
	case values["verb"] == "answered" && f.onScale(out):
		out["kind"] = "rating"
	case values["verb"] == "commented" && attributes["response"] != "":
		out["kind"] = "text"
	default:
		return warehouse.Row{}, false
	}
	for name, value := range map[string]any{"response_id": values["event_id"], "time": values["time"], "person_id": values["person_id"]} {
		out[name] = value
	}
	if f.course != "" {
		out["survey"] = f.course
	}
	if text := attributes["response"]; text != "" && values["verb"] != "answered" {
		out["text"] = text
	}
	return warehouse.Row{Fact: "response", Row: f.from.Seq, Values: out, Attributes: map[string]string{"xapi_verb": f.s.Verb.ID}}, true
}

// rating sets the score of a rating and its highest point.
func (f *facts) rating(out map[string]any) bool {
	switch part := lastPart(f.s.Verb.ID); part {
	case "voted-up", "like":
		out["score"], out["scale_max"] = 1.0, 1.0
		return true
	case "voted-down", "dislike":
		out["score"], out["scale_max"] = 0.0, 1.0
		return true
	}
	if f.s.Result == nil || f.s.Result.Score == nil {
		return false
	}
	s := f.s.Result.Score
	switch {
	case s.Raw != nil:
		out["score"] = *s.Raw
		if s.Max != nil {
			out["scale_max"] = *s.Max
		}
	case s.Scaled != nil:
		out["score"], out["scale_max"] = *s.Scaled, 1.0
	default:
		return false
	}
	return true
}

// onScale sets the place on a likert scale, from 1.
func (f *facts) onScale(out map[string]any) bool {
	d := f.s.Object.Activity.Definition
	if d == nil || d.InteractionType != "likert" || f.s.Result == nil {
		return false
	}
	i := slices.IndexFunc(d.Scale, func(c xapi.InteractionComponent) bool { return c.ID == f.s.Result.Response })
	out["score"], out["scale_max"] = float64(i+1), float64(len(d.Scale))
	return i >= 0
}
