package report

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/liftmark/liftmark/internal/study"
)

// Check reports everything in the content that would make the report contradict
// itself: numbers that are not finite, and answers that their own interval or
// grade denies. All three forms refuse to be written then, since such content is
// a mistake of the program, not of the data.
func (i Impact) Check() error {
	problems := notFinite(reflect.ValueOf(i), "impact")
	for n, f := range i.Findings {
		if err := contradiction(f); err != nil {
			problems = append(problems, fmt.Errorf("finding %d (%s): %w", n+1, f.Outcome.KPI, err))
		}
	}
	return errors.Join(problems...)
}

// contradiction compares a finding's answer with its effect and grade.
func contradiction(f study.Finding) error {
	v := f.Verdict.Answer
	switch v {
	case study.Better, study.Worse:
		return claimsChange(f)
	case study.NoEffect:
		if f.Effect == nil || excludesZero(*f.Effect) {
			return fmt.Errorf("the answer is %q, but no interval holds zero", v)
		}
	case study.CannotTell:
	default:
		return fmt.Errorf("the answer %q is unknown", v)
	}
	return knownGrade(f)
}

func claimsChange(f study.Finding) error {
	v := f.Verdict.Answer
	if f.Effect == nil {
		return fmt.Errorf("the answer is %q, but there is no effect", v)
	}
	if !excludesZero(*f.Effect) {
		return fmt.Errorf("the answer is %q, but the interval %g to %g holds zero", v, f.Effect.Low, f.Effect.High)
	}
	d := f.Outcome.Direction
	if d != "higher" && d != "lower" {
		return fmt.Errorf("the answer is %q, but which direction is better is %q", v, d)
	}
	if good := (f.Effect.Value > 0) == (d == "higher"); good != (v == study.Better) && !timeToEvent(f) {
		return fmt.Errorf("the answer is %q, but the effect is %g and %s is better", v, f.Effect.Value, f.Outcome.Direction)
	}
	return knownGrade(f)
}

func knownGrade(f study.Finding) error {
	if len(f.Grade.Letter) > 1 || !strings.Contains(gradeLetters, f.Grade.Letter) {
		return fmt.Errorf("the grade %q is unknown", f.Grade.Letter)
	}
	return nil
}

// notFinite names every number in v that cannot be written.
func notFinite(v reflect.Value, path string) []error {
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			return []error{fmt.Errorf("%s is %g", path, x)}
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return notFinite(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		return notFiniteItems(v, path)
	case reflect.Map:
		var out []error
		for _, k := range v.MapKeys() {
			out = append(out, notFinite(v.MapIndex(k), fmt.Sprintf("%s[%v]", path, k))...)
		}
		return out
	case reflect.Struct:
		return notFiniteFields(v, path)
	}
	return nil
}

func notFiniteItems(v reflect.Value, path string) []error {
	var out []error
	for n := range v.Len() {
		out = append(out, notFinite(v.Index(n), fmt.Sprintf("%s[%d]", path, n))...)
	}
	return out
}

// notFiniteFields skips what the JSON form leaves out, such as draws.
func notFiniteFields(v reflect.Value, path string) []error {
	var out []error
	for n := range v.NumField() {
		field := v.Type().Field(n)
		if field.IsExported() && field.Tag.Get("json") != "-" {
			out = append(out, notFinite(v.Field(n), path+"."+field.Name)...)
		}
	}
	return out
}
