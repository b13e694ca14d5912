/* A team of threads that stays: one calls, the others wait, first awake and then asleep. */
#ifndef MUSE_THREADS_H
#define MUSE_THREADS_H

typedef struct Pool Pool;
typedef void Work(void *argument, int member);

/* `members` threads, the caller among them; null if the system gives none. */
Pool *pool_new(int members);
void pool_free(Pool *pool);
int pool_members(const Pool *pool);

/* Every member does work(argument, its number); returns when all have. A null pool is one member. */
void pool_run(Pool *pool, Work *work, void *argument);

/* Inside work: returns when every member has come here. */
void pool_meet(Pool *pool);

#endif
