    struct tin_pool pool;
    struct tin_share shares[$threads];
    struct tin_worker workers[$threads];
