/* The ring of a recording thread: the order in which its words are stored, and what a reader may believe.
 *
 * The writer overwrites the oldest event and never looks at readers; it may be killed after any store. Its stores reach
 * memory through a store buffer that keeps the order of stores to one word and, for a release store, of all before it;
 * anything else may overtake (weaker than x86). The reader has only loads. Each event has two payload words.
 *
 *   writer   sequence := odd; fence; payload; position := p + 1 (release); sequence := even (release)
 *   reader   c := position; copy events; then sequence, then position: an event is believed when no overwriting of it
 *            had begun: index + CAP >= position + (sequence is odd)
 *
 * Claims: a believed event is whole and the right one; believed + declared lost = events written.
 * The check word of each event is left out: this is about the order alone.
 *
 * BUG 0 none; 1 the reader ignores that an operation is in flight; 2 no fence after sequence := odd;
 *     3 the reader loads position before sequence; 4 position is stored before the payload */
#ifndef BUG
#define BUG 0
#endif
#ifndef EVENTS
#define EVENTS 5
#endif
#define CAP 2
#define BUFFER 7

byte first[CAP], second[CAP], sequence, position; /* what other processes see */
byte queued_word[BUFFER], queued_value[BUFFER], queued = 0;
bool killed = false;

#define FIRST(p) ((p) % CAP)
#define SECOND(p) (CAP + (p) % CAP)
#define SEQUENCE (2 * CAP)
#define POSITION (2 * CAP + 1)
#define RELEASES(word, value) ((word) == POSITION || ((word) == SEQUENCE && (value) % 2 == 0))
#define FENCE (queued == 0)

inline apply(word, value) {
    if
    :: word < CAP -> first[word] = value
    :: word >= CAP && word < 2 * CAP -> second[word - CAP] = value
    :: word == SEQUENCE -> sequence = value
    :: word == POSITION -> position = value
    fi
}

inline store(word, value) {
    (queued < BUFFER);
    d_step { queued_word[queued] = word; queued_value[queued] = value; queued++ }
}

/* Lets one buffered store reach memory: the oldest of its word that no earlier store must precede. A release store goes
 * only first; nothing is held back by a release store before it, except its own word. */
active proctype memory() {
    byte i, j;
    bool may;
end:
    do
    :: atomic {
        queued > 0 ->
        select(i : 0 .. BUFFER - 1);
        if
        :: i < queued ->
            may = true;
            j = 0;
            do
            :: j < i ->
                if
                :: queued_word[j] == queued_word[i] || RELEASES(queued_word[i], queued_value[i]) -> may = false
                :: else
                fi;
                j++
            :: else -> break
            od;
            if
            :: may ->
                apply(queued_word[i], queued_value[i]);
                do
                :: i + 1 < queued ->
                    queued_word[i] = queued_word[i + 1]; queued_value[i] = queued_value[i + 1]; i++
                :: else -> break
                od;
                queued--;
                queued_word[queued] = 0; queued_value[queued] = 0
            :: else
            fi
        :: else
        fi;
        i = 0; j = 0; may = false
       }
    od
}

active proctype writer() {
    byte p = 0;
    do
    :: p < EVENTS ->
        store(SEQUENCE, 2 * p + 1);
#if BUG != 2
        FENCE;
#endif
#if BUG == 4
        store(POSITION, p + 1);
#endif
        store(FIRST(p), p + 1);
        store(SECOND(p), p + 1);
#if BUG != 4
        store(POSITION, p + 1);
#endif
        store(SEQUENCE, 2 * p + 2);
        p++
    :: p >= EVENTS -> break
    :: true -> break /* killed: what was stored still reaches memory */
    od;
    killed = true
}

active proctype reader() {
    byte cursor = 0, end_, a, b, s, q, lost = 0, believed = 0;
    do
    :: end_ = position;
        if
        :: end_ == cursor ->
            if
            :: killed && queued == 0 && position == cursor -> break
            :: else
            fi
        :: else ->
            if
            :: end_ - cursor > CAP -> lost = lost + (end_ - CAP - cursor); cursor = end_ - CAP
            :: else
            fi;
            do
            :: cursor < end_ ->
                a = first[cursor % CAP];
                b = second[cursor % CAP];
#if BUG == 3
                q = position; s = sequence;
#else
                s = sequence; q = position;
#endif
#if BUG == 1
                s = 0;
#endif
                if
                :: q + s % 2 > cursor + CAP -> lost++
                :: else -> assert(a == cursor + 1 && b == cursor + 1); believed++
                fi;
                cursor++
            :: else -> break
            od
        fi
    od;
    assert(believed + lost == position)
}
